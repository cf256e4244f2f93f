"""What the classes of a model are called."""

from kerasgen.data.validation import check_labels
from kerasgen.utils.labels import check_class_names


class NamedClasses:
    """A model whose classes, if it has any, have names; a mixin."""

    # How many classes there are; `None` for a model without.
    num_classes = None
    _class_names = None

    @property
    def class_names(self):
        """Names of the classes, in the order of their labels.

        List of str, or `None` where classes have no names. `fit` takes them
        from data that have `class_names`, as those of `kerasgen.data` and of
        `keras.utils.image_dataset_from_directory`; they may be set as well.
        They are saved with the model and go into its exports, and stand for
        labels wherever a method takes these.
        """
        return None if self._class_names is None else list(self._class_names)

    @class_names.setter
    def class_names(self, names):
        if names is not None:
            if self.num_classes is None:
                raise ValueError(
                    f"Argument `class_names` must be None: "
                    f"{type(self).__name__} knows no classes. Received: "
                    f"class_names={names!r}."
                )
            names = check_class_names(names, self.num_classes)
        self._class_names = names

    @property
    def trains_on_labels(self):
        """Whether `fit` needs a label for each row."""
        return "labels" in self.columns

    def take_class_names(self, names, argument):
        """The names of data that are trained on, if there are none yet.

        Args:
            names: list of str, empty where data have none.
            argument: str. What the data are called.

        Raises:
            ValueError: if the model's classes have other names.
        """
        if not (self.trains_on_labels and names):
            return
        if self._class_names is None:
            if len(names) == self.num_classes:
                self.class_names = names
        elif names != self.class_names:
            raise ValueError(
                f"Argument `{argument}` must have the classes of the model, in "
                f"their order: {', '.join(self._class_names)}. Received: "
                f"{argument} of {', '.join(names)}, so that labels mean "
                "others. Number them as the model does, or set "
                "`model.class_names`."
            )

    def checked_labels(self, labels, num_rows):
        """A tuple of the labels, empty where the model has no classes."""
        if self.num_classes is None:
            if labels is not None:
                raise ValueError(
                    f"Argument `labels` must be None: {type(self).__name__} "
                    f"knows no classes. Received: labels={labels!r}. Use a "
                    "model of classes, such as ConditionalGAN."
                )
            return ()
        if labels is None:
            names = ", ".join(self._class_names or ())
            names = f" ({names})" if names else ""
            raise ValueError(
                "Argument `labels` must be a class, or one class a row, as "
                f"{type(self).__name__} has {self.num_classes} of them{names}. "
                "Received: labels=None."
            )
        return (
            check_labels(
                labels,
                self.num_classes,
                num_rows,
                class_names=self._class_names,
            ),
        )

import pytest

from kerasgen.utils import arguments


def test_errors_name_the_argument_and_what_came():
    with pytest.raises(ValueError, match="`loss` must be one of 'a', 'b'.*'c'"):
        arguments.check_choice("loss", "c", ("a", "b"))
    with pytest.raises(ValueError, match="Did you mean 'conditional_gan'"):
        arguments.check_choice(
            "MODEL", "ConditionalGAN", ("acgan", "conditional_gan", "vae")
        )
    assert arguments.did_you_mean("wgn", ("vae", "wgan")).endswith("'wgan'?")
    assert arguments.did_you_mean("unlike", ("vae", "wgan")) == ""
    with pytest.raises(ValueError, match="positive integer.*epochs=0"):
        arguments.check_positive_integer("epochs", 0)
    with pytest.raises(ValueError, match="from 0 to 0.5.*share=0.6"):
        arguments.check_range("share", 0.6, 0, 0.5)
    with pytest.raises(ValueError, match="at least 0.*beta=nan"):
        arguments.check_range("beta", float("nan"), 0)
    with pytest.raises(ValueError, match="below 1.*decay=1"):
        arguments.check_fraction("decay", 1)
    with pytest.raises(ValueError, match="from 0 to 1.*decay=-0.1"):
        arguments.check_fraction("decay", -0.1)
    with pytest.raises(ValueError, match="beta='x'"):
        arguments.check_range("beta", "x", 0)


@pytest.mark.parametrize("value", [1.5, True, None, "3"])
def test_only_integers_are_integers(value):
    with pytest.raises(ValueError, match="epochs="):
        arguments.check_positive_integer("epochs", value)
    with pytest.raises(ValueError, match="epochs="):
        arguments.check_count("epochs", value)


def test_good_values_pass():
    arguments.check_choice("loss", "a", ("a", "b"))
    arguments.check_positive_integer("epochs", 3)
    arguments.check_count("codes", 0)
    arguments.check_range("beta", 0.5, 0)
    arguments.check_fraction("decay", 0)

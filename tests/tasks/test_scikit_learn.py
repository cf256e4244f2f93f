"""The checks that scikit-learn has for estimators."""

import sklearn.linear_model
import sklearn.pipeline
import sklearn.preprocessing
from sklearn.utils.estimator_checks import parametrize_with_checks

from kerasgen import tasks

TINY = {"network_options": {"hidden_units": [16]}, "latent_dim": 2}
# Checks of scikit-learn that cannot pass, and why.
_SCORE = "`score` is an argument, as the task names it, and no method"
EXPECTED_FAILURES = {
    "AnomalyDetector": {
        "check_fit_score_takes_y": _SCORE,
        "check_n_features_in_after_fitting": _SCORE,
        "check_pipeline_consistency": _SCORE,
    },
}


def estimators():
    options = {"model_options": TINY, "epochs": 1}
    return [
        tasks.LatentFeatures("autoencoder", **options),
        tasks.AnomalyDetector("vae", **options),
        tasks.LatentClassifier(
            tasks.LatentFeatures("autoencoder", **options),
            sklearn.pipeline.make_pipeline(
                sklearn.preprocessing.StandardScaler(),
                sklearn.linear_model.LogisticRegression(),
            ),
            unlabeled=None,
        ),
    ]


@parametrize_with_checks(
    estimators(),
    expected_failed_checks=lambda estimator: EXPECTED_FAILURES.get(
        type(estimator).__name__, {}
    ),
)
def test_checks_of_scikit_learn(estimator, check):
    check(estimator)

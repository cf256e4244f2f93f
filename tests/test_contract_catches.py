"""The contract is worth something: each seeded fault fails the test named."""

import functools

import pytest

import kerasgen
from tests.contract import faults
from tests.models.test_conditional_gan import (
    TestConditionalGANContract as ConditionalContract,
)
from tests.models.test_gan_contract import TestGANContract as GANContract
from tests.models.test_named_gans import TestR3GANContract as R3GANContract
from tests.models.test_named_gans import TestWGANGPContract as WGANGPContract
from tests.models.test_vae_contract import TestVAEContract as VAEContract

register = faults.register


FAULTS = [
    (faults.ColumnDropped, "test_trains_on_a_data_set_with_labels"),
    (faults.SecondColumnDropped, "test_undeclared_columns_are_refused"),
    (faults.SignatureOnNoTable, "test_signatures_are_methods"),
    (faults.AnotherPenaltyThanThePapers, "test_defaults_are_the_paper_s"),
    (faults.AveragesNotUsed, "test_generate_uses_averages"),
    (faults.FrozenLayersThaw, "test_frozen_layers_stay_frozen"),
    (faults.FrozenStatisticsMove, "test_frozen_layers_stay_frozen"),
    (faults.OneRateMoves, "test_learning_rates_move_together"),
    (faults.LabelsNotChecked, "test_bad_labels_are_refused"),
    (faults.LabelsIgnored, "test_generate_by_class"),
    (faults.ConfigIsNoJSON, "test_config_round_trip"),
    (faults.OwnNetworkIsReplaced, "test_own_networks_are_kept"),
    (faults.EvaluationDrawsNewNoise, "test_evaluate_repeats_itself"),
    (faults.GenerateTakesAnything, "test_generate_refuses_bad_arguments"),
    (faults.EncodeTakesAnything, "test_encoder_methods"),
    (faults.NoiseDiffersUnderXLA, "test_compiled_by_xla_or_not"),
    (faults.GradientsAppliedByHand, "test_gradients_are_accumulated"),
    (faults.LabelsChangeTraining, "test_trains_on_a_data_set_with_labels"),
    (faults.ConfigDropsAnArgument, "test_config_lists_every_argument"),
    (faults.ConfigKeepsADefault, "test_config_lists_every_argument"),
    (faults.FrozenDiscriminator, "test_fit_changes_every_weight"),
    (faults.OneLatentForABatch, "test_generate"),
    (faults.NaNSamples, "test_generate"),
    (faults.NumbersOfNumpyAreCut, "test_numbers_may_be_numpys"),
    (faults.SamplesOutOfRange, "test_generate"),
    (faults.SeedIsIgnored, "test_generate"),
    (faults.UniformsDrawOtherLatents, "test_uniforms_stand_for_seeds"),
    (
        faults.SampleDependsOnItsBatch,
        "test_generate_does_not_depend_on_batches",
    ),
    (faults.NoiseEqualOnReplicas, "test_replicas_draw_different_noise"),
    (faults.DropoutEqualOnReplicas, "test_replicas_draw_different_noise"),
    (faults.DropoutEqualOnReplicas, "test_save_load_and_go_on"),
    (faults.StepNotSaved, "test_save_load_and_go_on"),
    (faults.NoiseFromNowhere, "test_save_load_and_go_on"),
    (faults.LossNotDividedByReplicas, "test_replicas_equal_one"),
    (faults.LossOfTheReplicaAlone, "test_replicas_equal_one"),
    (faults.NoiseEqualOnReplicas, "test_two_workers_equal_one"),
    (faults.CompileNotRestored, "test_compile_arguments_are_restored"),
    (faults.OptionsNotRestored, "test_compile_arguments_are_restored"),
    (faults.MetricOnNoList, "test_fit_changes_every_weight"),
    (faults.NetworksIgnorePrecision, "test_mixed_precision"),
    (faults.LossNotScaled, "test_mixed_precision"),
    (faults.GradientsOverflow, "test_half_precision_in_a_graph"),
    (faults.DataNotChecked, "test_bad_images_are_refused"),
    (faults.ShapesNotChecked, "test_own_networks_of_wrong_shape_are_refused"),
    (faults.ExportsOtherImages, "test_export"),
    (faults.ExportsOtherImages, "test_signatures_are_methods"),
    (faults.TrainsOnItsOwnRandomness, "test_other_seed_other_training"),
    (faults.EachModelHasNoiseOfItsOwn, "test_same_seed_same_training"),
    (faults.ValidationTakesSteps, "test_same_seed_same_training"),
]


def fixtures_of(test, request):
    """What a contract test asks for, by the names of its arguments."""
    known = {
        "as_data_set": True,
        "policy": "mixed_float16",
    }
    names = test.__code__.co_varnames[1 : test.__code__.co_argcount]
    return {
        name: known[name] if name in known else request.getfixturevalue(name)
        for name in names
    }


@register
class HealthyVAE(kerasgen.VAE):
    pass


# The narrower class first.
CONTRACTS = {
    kerasgen.ConditionalGAN: ConditionalContract,
    kerasgen.WGANGP: WGANGPContract,
    kerasgen.R3GAN: R3GANContract,
    kerasgen.GAN: GANContract,
    kerasgen.VAE: VAEContract,
}
# That models pass otherwise is tested in `tests/models`, but for those that
# look up a model, or its contract, by name.
HEALTHY = [
    (HealthyVAE, "test_save_load_and_go_on"),
    (HealthyVAE, "test_two_workers_equal_one"),
]


def contract_of(model_class):
    """The contract of a kind of model."""
    return next(
        contract
        for parent, contract in CONTRACTS.items()
        if issubclass(model_class, parent)
    )


@functools.cache
def new_contract(model_class):
    # Once, as its tests share a model that was trained.
    base = contract_of(model_class)
    return type(
        f"ContractOf{model_class.__name__}",
        (base,),
        {"model_class": model_class, "__module__": __name__},
    )


# By name, as processes of the contract's own look them up.
for _model, _test in [*HEALTHY, *FAULTS]:
    if _test == "test_two_workers_equal_one":
        globals()[f"ContractOf{_model.__name__}"] = new_contract(_model)


def run_contract(model_class, test_name, request, digits):
    base = new_contract(model_class)
    contract = base()
    contract.images = digits
    contract.labels = request.getfixturevalue("digit_labels")
    arguments = fixtures_of(getattr(base, test_name), request)
    getattr(contract, test_name)(**arguments)


@pytest.mark.parametrize(
    ("model_class", "test_name"),
    HEALTHY,
    ids=[f"{model.__name__}-{test}" for model, test in HEALTHY],
)
def test_healthy_model_passes(model_class, test_name, request, digits):
    run_contract(model_class, test_name, request, digits)


@pytest.mark.parametrize(
    ("fault", "test_name"),
    FAULTS,
    ids=[f"{fault.__name__}-{test}" for fault, test in FAULTS],
)
def test_fault_is_caught(fault, test_name, request, digits):
    # AssertionError, or pytest's own failure where an error did not come.
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        run_contract(fault, test_name, request, digits)


def test_every_contract_test_catches_a_fault():
    tests = {name for name in dir(VAEContract) if name.startswith("test_")}
    exempt = {
        # About the contract's own arguments.
        "test_arguments_are_not_defaults",
    }
    assert tests - exempt == {name for _, name in FAULTS}

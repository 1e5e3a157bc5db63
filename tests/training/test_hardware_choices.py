"""What is chosen for a machine, and why a card is left unused: over devices that do not exist."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.training.hardware import xla
from bigmodel_nb.training.hardware.backends import Backend, look_at_jax, look_at_tensorflow, look_at_torch
from bigmodel_nb.training.hardware.cards import Card, Evidence
from bigmodel_nb.training.hardware.precision import Device, choose_precision
from bigmodel_nb.training.hardware.processor import Memory, Processor
from bigmodel_nb.training.hardware.settings import choose_threads, grow_memory
from bigmodel_nb.training.hardware.summary import assemble
from bigmodel_nb.training.hardware.unused import missing_libraries, unused

T4 = Card("Tesla T4", "NVIDIA", 16 * 2**30, (7, 5), "550.54")
TWO_CORES = Processor("a processor", 2, 2, 2, None)


class FakeTensorFlow:
    """As much of TensorFlow as the report asks: GPUs, their growth, threads, what it was built for."""

    __version__ = "2.21.0"

    def __init__(self, *gpus, build=None, started=False, hidden=(), divided=1):
        self.gpus = [SimpleNamespace(name=f"/physical_device:GPU:{n}") for n in range(len(gpus))]
        self.grown, self.set = {}, {}
        details = dict(zip([gpu.name for gpu in self.gpus], gpus, strict=True))
        cuda = {"is_cuda_build": True, "cuda_version": "12.5.1", "cudnn_version": "9"}
        info = {**cuda, "cuda_compute_capabilities": ["sm_60", "compute_90"]} if build is None else build

        def late(*arguments):
            if started:
                raise RuntimeError("Physical devices cannot be modified after being initialized")

        def grow(gpu, on):
            late()
            self.grown[gpu.name] = on

        def detail(gpu):
            if isinstance(details[gpu.name], Exception):
                raise details[gpu.name]
            return details[gpu.name]

        def keep(name):
            def setter(number):
                late()
                self.set[name] = number

            return setter

        processor = SimpleNamespace(name="/physical_device:CPU:0")
        self.sysconfig = SimpleNamespace(get_build_info=lambda: info)
        self.config = SimpleNamespace(
            list_physical_devices=lambda kind: {"GPU": self.gpus, "CPU": [processor]}.get(kind, []),
            get_visible_devices=lambda kind: [g for n, g in enumerate(self.gpus) if n not in hidden],
            get_logical_device_configuration=lambda device: [None] * divided if divided > 1 else None,
            experimental=SimpleNamespace(
                get_device_details=detail,
                get_memory_growth=lambda gpu: self.grown.get(gpu.name),
                set_memory_growth=grow,
            ),
            threading=SimpleNamespace(
                get_intra_op_parallelism_threads=lambda: self.set.get("intra", 0),
                get_inter_op_parallelism_threads=lambda: self.set.get("inter", 0),
                set_intra_op_parallelism_threads=keep("intra"),
                set_inter_op_parallelism_threads=keep("inter"),
            ),
        )


def details(name="Tesla T4", capability=(7, 5)):
    return {"device_name": name, "compute_capability": capability}


# -- precision ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("devices", "policy", "scaling", "words"),
    [
        ([], "float32", False, "The processor computes"),
        ([Device("EPYC", "CPU")], "float32", False, "The processor computes"),
        ([Device("H100", capability=(9, 0))], "mixed_bfloat16", False, "from 8.0 on bfloat16 is fast"),
        ([Device("A100", capability=(8, 0))], "mixed_bfloat16", False, "needs no scaling"),
        ([Device("T4", capability=(7, 5))], "mixed_float16", True, "the loss is scaled"),
        ([Device("V100", capability=(7, 0))], "mixed_float16", True, "float16 is fast and bfloat16 is not"),
        ([Device("P100", capability=(6, 0))], "float32", False, "begin at 7.0"),
        ([Device("Radeon")], "float32", False, "could not be found out"),
        ([Device("TPU v5e", "TPU")], "mixed_bfloat16", False, "multiplies in bfloat16"),
        ([Device("A", capability=(8, 6)), Device("T4", capability=(7, 5))], "mixed_float16", True, "weakest"),
        ([Device("EPYC", "CPU"), Device("A", capability=(8, 6))], "mixed_bfloat16", False, "8.6"),
    ],
)
def test_precision_and_its_reasons(devices, policy, scaling, words):
    chosen = choose_precision(*devices)
    assert (chosen.policy, chosen.loss_scaling, chosen.outputs) == (policy, scaling, "float32")
    assert chosen.compute == policy.removeprefix("mixed_") and words in " ".join(chosen.reasons)


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 9)), min_size=1, max_size=4))
def test_no_device_gets_a_type_that_it_lacks(capabilities):
    chosen = choose_precision(*(Device("GPU", capability=each) for each in capabilities))
    weakest = min(capabilities)
    expected = "bfloat16" if weakest >= (8, 0) else "float16" if weakest >= (7, 0) else "float32"
    assert chosen.compute == expected and chosen.loss_scaling == (expected == "float16")


# -- back ends ------------------------------------------------------------------------------


def test_tensorflow_with_two_cards():
    backend = look_at_tensorflow(FakeTensorFlow(details(), details(), hidden=[1]), [T4, T4])
    assert backend.devices == (Device("Tesla T4", "GPU", 16 * 2**30, (7, 5)),)
    assert backend.hidden == ("Tesla T4",) and backend.lowest == (6, 0)
    assert backend.built == "built for CUDA 12.5.1 and cuDNN 9"


def test_memory_is_not_guessed_where_cards_of_a_name_differ():
    cards = [T4, Card("Tesla T4", memory=8 * 2**30)]
    (device,) = look_at_tensorflow(FakeTensorFlow(details()), cards).devices
    assert device.memory is None and "memory unknown" in str(device)


def test_what_tensorflow_does_not_tell_is_said():
    backend = look_at_tensorflow(FakeTensorFlow(ValueError("no such device"), build={}))
    assert backend.gpu_build is None and backend.devices == (Device("GPU:0"),)
    assert backend.unknown == ("TensorFlow tells nothing of /physical_device:GPU:0: no such device.",)


def test_jax_and_its_devices():
    gpu = SimpleNamespace(platform="gpu", device_kind="NVIDIA A100", compute_capability="8.0")
    tpu = SimpleNamespace(platform="tpu", device_kind="TPU v4")
    cpu = SimpleNamespace(platform="cpu", device_kind="cpu")
    found = look_at_jax(SimpleNamespace(__version__="0.7", devices=lambda: [gpu, tpu]))
    assert found.devices == (Device("NVIDIA A100", "GPU", None, (8, 0)), Device("TPU v4", "TPU"))
    assert look_at_jax(SimpleNamespace(__version__="0.7", devices=lambda: [cpu] * 4)).cpu_devices == 4

    def broken():
        raise RuntimeError("no backend")

    assert "no backend" in look_at_jax(SimpleNamespace(__version__="0.7", devices=broken)).unknown[0]


@pytest.mark.parametrize(
    ("cuda", "available", "mps", "build", "count"),
    [
        ("12.8", True, False, "cuda", 1),
        ("12.8", False, False, "cuda", 0),
        (None, False, False, "", 0),
        (None, False, True, "metal", 1),
    ],
)
def test_torch_and_its_devices(cuda, available, mps, build, count):
    card = SimpleNamespace(name="Tesla T4", major=7, minor=5, total_memory=2**34)
    torch = SimpleNamespace(
        __version__="2.13.0",
        version=SimpleNamespace(cuda=cuda, hip=None),
        cuda=SimpleNamespace(
            is_available=lambda: available, device_count=lambda: 1, get_device_properties=lambda n: card
        ),
        backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)),
    )
    found = look_at_torch(torch)
    assert found.gpu_build == build and len(found.devices) == count
    if available:
        assert found.devices == (Device("Tesla T4", "GPU", 2**34, (7, 5)),)


# -- cards that are not used ----------------------------------------------------------------

CUDA = Backend("tensorflow", "2.21.0", gpu_build="cuda", cuda="12.5.1", lowest=(6, 0))


@pytest.mark.parametrize(
    ("evidence", "backend", "environment", "system", "why", "mend"),
    [
        (Evidence((T4,), "no driver"), CUDA, {}, "linux", "no driver", "install NVIDIA's driver anew"),
        (
            Evidence((T4,)),
            CUDA,
            {"CUDA_VISIBLE_DEVICES": "-1"},
            "linux",
            "'-1', which hides",
            "unset CUDA_VIS",
        ),
        (Evidence((T4,)), CUDA, {"CUDA_VISIBLE_DEVICES": ""}, "linux", "'', which hides", "unset CUDA_VIS"),
        (Evidence((T4,)), CUDA, {"CUDA_VISIBLE_DEVICES": "1,0"}, "linux", "'1,0', which hides", "unset CUDA"),
        (Evidence((T4,)), CUDA, {}, "win32", "in WSL2 only", "wsl --install"),
        (
            Evidence((T4,)),
            Backend("tensorflow", "2.21.0", gpu_build=""),
            {},
            "linux",
            "built without CUDA",
            'pip install "tensorflow[and-cuda]"',
        ),
        (
            Evidence((T4,)),
            Backend("tensorflow", "2"),
            {},
            "linux",
            "was built for could not be found out",
            None,
        ),
        (
            Evidence((Card("Tesla K80", capability=(3, 7)),)),
            CUDA,
            {},
            "linux",
            "capability is 3.7, and this TensorFlow was built for 6.0 or higher",
            "Google Colab",
        ),
        (Evidence((Card("T4", driver="470.82"),)), CUDA, {}, "linux", "470.82 is too old", "a newer driver"),
        (Evidence((T4,)), CUDA, {}, "linux", "libraries are missing: libcudnn.so.9", "tensorflow[and-cuda]"),
        (
            Evidence((T4,)),
            Backend("jax", "0.7", gpu_build=""),
            {},
            "linux",
            "JAX was built without",
            "jax[cuda",
        ),
        (
            Evidence((T4,)),
            Backend("jax", "0.7", gpu_build="cuda"),
            {"JAX_PLATFORMS": "cpu"},
            "linux",
            "JAX_PLATFORMS is 'cpu'",
            "unset JAX_PLATFORMS",
        ),
        (
            Evidence((T4,)),
            Backend("torch", "2.13", gpu_build=""),
            {},
            "win32",
            "PyTorch was built",
            "pytorch.org",
        ),
        (Evidence((Card("Radeon", "AMD"),)), CUDA, {}, "linux", "was not built for AMD", None),
        (
            Evidence((Card("Apple M2", "Apple"),)),
            CUDA,
            {},
            "darwin",
            "no plug-in",
            "do not install tensorflow-",
        ),
    ],
)
def test_why_a_card_is_not_used_and_what_mends_it(evidence, backend, environment, system, why, mend):
    (found,) = unused(evidence, backend, environment, system, missing=lambda: ["libcudnn.so.9"], log=())
    assert why in found.why
    assert found.mend is None if mend is None else mend in found.mend
    assert found.name in str(found) and ("Mend it" in str(found)) == (mend is not None)


def test_where_no_reason_holds_tensorflow_s_own_words_are_given():
    line = "W0000 00:00:1700000000.1 1 gpu_device.cc:2343] Cannot dlopen some GPU libraries."
    (found,) = unused(Evidence((T4,)), CUDA, {}, "linux", missing=list, log=("other", line))
    assert found.why == "TensorFlow wrote: Cannot dlopen some GPU libraries."
    (found,) = unused(Evidence((T4,)), CUDA, {}, "linux", missing=list, log=())
    assert found.why == "why could not be found out" and "TF_CPP_MIN_LOG_LEVEL=0" in found.mend


def test_a_card_in_use_is_not_unused():
    seen = Backend("tensorflow", "2.21.0", (Device("Tesla T4"),), gpu_build="cuda")
    assert unused(Evidence((T4,)), seen, {}, "linux") == ()
    (found,) = unused(Evidence((T4, T4)), seen, {"CUDA_VISIBLE_DEVICES": "0"}, "linux")
    assert found.name == "1 of 2 cards of NVIDIA's" and "CUDA_VISIBLE_DEVICES is '0'" in found.why
    (found,) = unused(Evidence((T4, T4)), seen, {}, "linux")
    assert "could not be found out" in found.why
    metal = Backend("torch", "2.13", (Device("MPS"),), gpu_build="metal")
    assert unused(Evidence((Card("Apple M2", "Apple"),)), metal, {}, "darwin") == ()


def test_a_card_that_was_switched_off_in_this_process():
    backend = look_at_tensorflow(FakeTensorFlow(details(), hidden=[0]), [T4])
    (found,) = unused(Evidence((T4,)), backend, {}, "linux")
    assert "set_visible_devices" in found.why and found.mend == "restart the kernel"


def test_libraries_are_looked_for_where_pip_puts_them(tmp_path):
    (tmp_path / "libcudnn.so.9").touch()
    lacking = missing_libraries((tmp_path,))
    assert "libcudnn.so.9" not in lacking
    assert set(lacking) <= set(missing_libraries(()))


# -- memory growth and threads --------------------------------------------------------------


def test_memory_growth_is_switched_on_for_every_gpu_in_use():
    tf = FakeTensorFlow(details(), details(), details(), hidden=[2])
    growth = grow_memory(look_at_tensorflow(tf))
    assert growth.on is True and list(tf.grown.values()) == [True, True]
    assert grow_memory(look_at_tensorflow(tf)).on is True  # asked again


def test_too_late_for_memory_growth():
    growth = grow_memory(look_at_tensorflow(FakeTensorFlow(details(), started=True)))
    assert growth.on is False and "Restart the kernel" in growth.said


@pytest.mark.parametrize(
    ("name", "environment", "on"),
    [("torch", {}, True), ("jax", {}, False), ("jax", {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}, True)],
)
def test_memory_of_the_other_back_ends(name, environment, on):
    assert grow_memory(Backend(name, "1", (Device("Tesla T4"),)), environment).on is on
    assert grow_memory(Backend(name, "1"), environment).on is None


@pytest.mark.parametrize(
    ("quota", "started", "set_before", "chosen", "words"),
    [
        (None, False, {}, (0, 0), "Left to TensorFlow, which uses all 8"),
        (1.5, False, {}, (2, 2), "2, not 8: the container"),
        (1.5, True, {}, (0, 0), "Too late"),
        (1.5, False, {"intra": 3}, (3, 0), "Set by you: 3"),
    ],
)
def test_threads(quota, started, set_before, chosen, words):
    tf = FakeTensorFlow(started=started)
    tf.set.update(set_before)
    found = choose_threads(look_at_tensorflow(tf), Processor("a processor", 8, 8, 8, quota), {})
    assert (found.intra, found.inter) == chosen and words in found.said
    assert (tf.config.threading.get_intra_op_parallelism_threads(),) == chosen[:1]


def test_threads_set_in_the_environment_are_left_alone():
    tf = FakeTensorFlow()
    slow = Processor("a processor", 8, 8, 8, 1.0)
    found = choose_threads(look_at_tensorflow(tf), slow, {"TF_NUM_INTRAOP_THREADS": "4"})
    assert tf.set == {} and "Set by you: 4" in found.said
    assert "chooses its threads itself" in choose_threads(Backend("torch", "2"), slow, {}).said


# -- XLA ------------------------------------------------------------------------------------


def test_a_trial_on_a_thread():
    def fails():
        raise ValueError("no\n  compiler")

    assert xla.by_thread(lambda: None).works is True
    failed = xla.by_thread(fails)
    assert failed.works is False and failed.said == "XLA does not work here: ValueError: no compiler"


def test_a_trial_that_hangs_is_left():
    import threading

    release = threading.Event()
    late = xla.by_thread(release.wait, patience=0.05)
    release.set()
    assert late.works is False and "did not answer within 0.05 s" in late.said


@pytest.mark.process
@pytest.mark.parametrize(
    ("code", "works", "words"),
    [
        ("pass", True, "XLA works"),
        ("raise SystemError('libdevice not found')", False, "libdevice not found"),
        ("import os; os.abort()", False, "ended with status -6"),
        ("import os; assert os.environ['TF_FORCE_GPU_ALLOW_GROWTH'] == 'true'", True, "works"),
    ],
)
def test_a_trial_in_a_process_outlives_what_it_finds(code, works, words):
    found = xla.by_process(code)
    assert found.works is works and words in found.said


@pytest.mark.process
def test_a_process_that_hangs_is_ended():
    found = xla.by_process("import time; time.sleep(60)", patience=0.5)
    assert found.works is False and "0.5 s" in found.said


def test_the_trial_is_made_once(monkeypatch):
    made = []
    monkeypatch.setattr(xla, "_known", {})
    monkeypatch.setattr(xla, "by_thread", lambda: made.append("thread") or xla.Xla(True, "thread"))
    monkeypatch.setattr(xla, "by_process", lambda: made.append("process") or xla.Xla(True, "process"))
    for gpu in (False, False, True, True):
        xla.try_xla("tensorflow", gpu)
    assert made == ["thread", "process"]
    assert xla.try_xla("jax").works is True and xla.try_xla("torch").works is None and len(made) == 2


# -- the whole ------------------------------------------------------------------------------


def report_of(tf, *cards, memory=None, **more):
    backend = look_at_tensorflow(tf, cards)
    known = memory or Memory(16 * 10**9, 8 * 10**9, None)
    return assemble(TWO_CORES, known, Evidence(cards, **more), backend, try_xla=False)


def test_a_machine_with_a_gpu():
    report = report_of(FakeTensorFlow(details()), T4)
    assert report.line == "2 cores, 16 GB; Tesla T4; TensorFlow 2.21.0; float16"
    assert report.gpus == report.devices == (Device("Tesla T4", "GPU", 16 * 2**30, (7, 5)),)
    assert "Tesla T4, 17.2 GB, compute capability 7.5" in repr(report)
    assert dict(report.rows)["GPU memory"].startswith("Memory growth is on")


def test_a_machine_whose_gpu_is_not_used():
    report = report_of(FakeTensorFlow(), T4, trouble="no driver", unknown=("This was not found out.",))
    assert "no GPU in use (hardware.report() says why)" in report.line
    assert "Tesla T4 is there and is not used: no driver." in " ".join(repr(report).split())
    assert dict(report.rows)["Not found out"] == "This was not found out."


def test_a_divided_processor_is_said():
    said = dict(report_of(FakeTensorFlow(divided=2)).rows)
    assert said["Back end"].endswith("the processor divided into 2 logical devices")


def test_html_is_escaped():
    report = report_of(FakeTensorFlow(), Card("<b>T4</b>"), trouble="<i>")
    assert "<b>" not in report._repr_html_() and "&lt;b&gt;T4" in report._repr_html_()

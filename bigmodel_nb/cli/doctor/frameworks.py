"""TensorFlow and Keras: whether they import and compute, asked of a process of their own."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from bigmodel_nb.cli.doctor import child, installation
from bigmodel_nb.cli.doctor.finding import Finding, limit, ok, wrong
from bigmodel_nb.language import gettext as _

PATIENCE = 180.0  # seconds; a first import from a slow disk may take a minute
BACKENDS = ("tensorflow", "jax", "torch", "openvino")

QUESTION = """
said = time.perf_counter()
import numpy
say(numpy=numpy.__version__)
import tensorflow as tf
say(tensorflow=tf.__version__, seconds=round(time.perf_counter() - said, 1))
say(sum=float(tf.reduce_sum(tf.constant([1.0, 2.0, 3.0]))))
say(cuda=bool(tf.test.is_built_with_cuda()), gpus=len(tf.config.list_physical_devices("GPU")))
import keras
say(keras=keras.__version__, backend=keras.backend.backend())
say(softmax=float(keras.ops.sum(keras.ops.softmax(keras.ops.ones((1, 4))))))
"""

NUMPY = r"compiled (using|against) NumPy|numpy\.dtype size changed|_ARRAY_API|multiarray failed to import"
PROTOBUF = r"Descriptors cannot be created directly|incompatible Protobuf|google\.protobuf"


def ask() -> child.Answer:
    return child.ask(QUESTION, PATIENCE, TF_CPP_MIN_LOG_LEVEL="3")


def examine(answer: child.Answer) -> list[Finding]:
    """What the process said of NumPy, TensorFlow and Keras, in this order; the first fault ends it."""
    facts, findings = answer.facts, []
    if "numpy" not in facts:
        return [_fault("NumPy", "numpy", answer)]
    if "gpus" not in facts:
        return [_fault("TensorFlow", "tensorflow", answer)]
    if facts["sum"] != 6.0:
        findings.append(
            wrong(
                "TensorFlow",
                _("1 + 2 + 3 gives {sum}").format(sum=facts["sum"]),
                "TensorFlow computes wrongly",
                _reinstall("tensorflow"),
            )
        )
    else:
        findings.append(
            _of_version(
                "tensorflow",
                "TensorFlow",
                facts["tensorflow"],
                _("it computes; imported in {seconds} s").format(seconds=facts["seconds"]),
            )
        )
    if "softmax" not in facts:
        findings.append(_fault("Keras", "keras", answer))
    else:
        findings.append(
            _of_version(
                "keras",
                "Keras",
                facts["keras"],
                _("it computes, with {backend}").format(backend=facts["backend"]),
            )
        )
    return findings


def _of_version(name: str, topic: str, found: str, more: str) -> Finding:
    wanted = installation.requirements().get(name, "")
    if not installation.suits(found, wanted):
        return wrong(
            topic,
            _("{found} is installed; the course needs {wanted}").format(found=found, wanted=wanted),
            f"{name} {found}",
            installation.pip_install(name + wanted),
        )
    return ok(topic, f"{found}; {more}", f"{name} {found}")


def _reinstall(*names: str) -> str:
    wanted = installation.requirements()
    return installation.pip_install(
        "--upgrade", "--force-reinstall", *(name + wanted.get(name, "") for name in names)
    )


def _fault(topic: str, name: str, answer: child.Answer) -> Finding:
    """Why an import failed, recognized by what it said or by how the process ended."""
    error, last = answer.error, answer.last_line
    missing = re.search(r"No module named '([\w.]+)'", error)
    if answer.status is None:
        return wrong(
            topic,
            _("did not answer within {seconds} s").format(seconds=f"{PATIENCE:g}"),
            f"{name} hangs",
            _("restart the computer and try again; if it stays so: {command}").format(
                command=_reinstall(name)
            ),
        )
    if missing and missing[1] == name:
        wanted = installation.requirements().get(name, "")
        return wrong(topic, _("is not installed"), f"{name} missing", installation.pip_install(name + wanted))
    if missing:
        module = missing[1].partition(".")[0]
        return wrong(
            topic,
            _("cannot be imported: it lacks {module}").format(module=module),
            f"{name} lacks {module}",
            _reinstall(name),
        )
    if re.search(NUMPY, error):
        return wrong(
            topic,
            _("does not fit NumPy {version}: one of them was made for another version").format(
                version=answer.facts.get("numpy", installation.version("numpy") or "?")
            ),
            f"{name} does not fit NumPy",
            _reinstall("numpy", name),
        )
    if re.search(PROTOBUF, error):
        return wrong(
            topic,
            _("does not fit the installed protobuf"),
            f"{name} does not fit protobuf",
            _reinstall("protobuf", name),
        )
    if "GLIBC" in error or "GLIBCXX" in error:
        return wrong(
            topic,
            _("needs a newer system library: {error}").format(error=last),
            "glibc too old",
            _("use a newer Linux, or Google Colab: bigmodel colab --out FOLDER"),
        )
    if "DLL load failed" in error:
        return wrong(
            topic,
            _("lacks a Windows library"),
            "DLL load failed",
            _("install the Visual C++ Redistributable: https://aka.ms/vs/17/release/vc_redist.x64.exe"),
        )
    if answer.status == -4 or answer.status == 0xC000001D:
        return wrong(
            topic,
            _("uses instructions that this processor does not have (AVX)"),
            "no AVX",
            _("use a newer computer, or Google Colab: bigmodel colab --out FOLDER"),
        )
    if answer.status == -9:
        return wrong(
            topic,
            _("was ended by the system, which happens when memory runs out"),
            f"{name} killed",
            _("close other programs and try again"),
        )
    said = last or _("it ended with status {status}").format(status=answer.status)
    return wrong(
        topic, _("cannot be imported: {error}").format(error=said), f"{name}: {said[:80]}", _reinstall(name)
    )


def examine_backend() -> Finding:
    """Which framework Keras computes with, and who says so."""
    named, origin = os.environ.get("KERAS_BACKEND", ""), "KERAS_BACKEND"
    mend = "unset KERAS_BACKEND"
    if not named:
        path = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "keras.json"
        try:
            named, origin = json.loads(path.read_text(encoding="utf-8")).get("backend", ""), str(path)
        except (OSError, ValueError, AttributeError):
            pass
        mend = _('in {path}, set "backend" to "tensorflow"').format(path=path)
    topic = _("Backend")
    if named in ("", "tensorflow"):
        return ok(topic, _("TensorFlow"), "backend tensorflow")
    if named not in BACKENDS:
        return wrong(
            topic,
            _("{origin} is {name!r}, which Keras does not know").format(origin=origin, name=named),
            f"backend {named}",
            mend,
        )
    if installation.version(named) is None:
        return wrong(
            topic,
            _("{origin} asks for {name}, which is not installed").format(origin=origin, name=named),
            f"backend {named} missing",
            mend,
        )
    return limit(
        topic,
        _("{origin} asks for {name}; the chapters are tested with TensorFlow").format(
            origin=origin, name=named
        ),
        f"backend {named}",
        mend,
    )

"""JupyterLab, the kernel that notebooks run in, and the widgets in both.

A kernel is started as a notebook starts it and asked what it is: that also tries the connection
between server and kernel, and finds a kernel that belongs to another Python than the server's.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from bigmodel_nb.cli.doctor import child, installation
from bigmodel_nb.cli.doctor.finding import Finding, limit, ok, wrong
from bigmodel_nb.language import gettext as _

PATIENCE = 60.0
MANAGER = "@jupyter-widgets/jupyterlab-manager"

QUESTION = f"""
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_core.paths import jupyter_config_path, jupyter_path
say(extensions=jupyter_path("labextensions"), settings=[
    *(os.path.join(folder, "labconfig") for folder in jupyter_config_path()),
    os.path.join(sys.prefix, "share", "jupyter", "lab", "settings")])
try:
    spec = KernelSpecManager().get_kernel_spec("python3")
except NoSuchKernel:
    say(spec=None)
    sys.exit(0)
say(spec=spec.resource_dir, program=spec.argv[0] if spec.argv else "")
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(startup_timeout={PATIENCE - 20}, kernel_name="python3")
said = []
try:
    client.execute_interactive('''
import importlib.metadata, importlib.util, json, sys
def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
print(json.dumps(dict(
    prefix=sys.prefix, executable=sys.executable,
    ipywidgets=_version("ipywidgets"), ipykernel=_version("ipykernel"),
    course=getattr(importlib.util.find_spec("bigmodel_nb"), "origin", None) is not None)))
''', timeout={PATIENCE - 20}, output_hook=lambda message: said.append(message["content"].get("text", "")))
    say(kernel=json.loads("".join(said)))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
"""


def ask() -> child.Answer:
    # As `bigmodel lab` does: a kernel of this environment before one that is kept elsewhere.
    return child.ask(QUESTION, PATIENCE, JUPYTER_PREFER_ENV_PATH="1", PYDEVD_DISABLE_FILE_VALIDATION="1")


def examine(answer: child.Answer) -> list[Finding]:
    server = examine_server()
    kernel = examine_kernel(answer)
    findings = [server, kernel]
    if kernel.level != "wrong":
        findings.append(examine_widgets(answer.facts))
    elif installation.version("ipywidgets") is None:
        findings.append(_widgets_missing(_("is not installed"), installation.python()))
    return findings


def examine_server() -> Finding:
    topic = "JupyterLab"
    if installation.version("jupyterlab") is None and installation.in_colab():
        return ok(topic, _("not needed in Google Colab"), "Colab")
    if installation.version("jupyterlab") is None and installation.version("notebook"):
        return limit(
            topic,
            _("is not installed; Notebook is, but `bigmodel lab` will not work"),
            "jupyterlab missing",
            installation.everything(),
        )
    found = installation.examine_version("jupyterlab", topic)
    return found if found.level == "ok" else wrong(topic, found.said, found.short, installation.everything())


def _new_kernel(program: str | None = None) -> str:
    command = f"{program or installation.python()} -m ipykernel install --sys-prefix --name python3"
    return f"{command} --display-name 'Python 3 (ipykernel)'"


def examine_kernel(answer: child.Answer) -> Finding:
    topic, facts = _("Kernel"), answer.facts
    if installation.version("ipykernel") is None:
        return wrong(
            topic,
            _("ipykernel is not installed: there is nothing for notebooks to run in"),
            "ipykernel missing",
            installation.pip_install("ipykernel"),
        )
    if "spec" not in facts:
        if answer.status is None:
            return wrong(
                topic,
                _("Jupyter did not answer within {seconds} s").format(seconds=f"{PATIENCE:g}"),
                "jupyter hangs",
                installation.everything(),
            )
        return wrong(
            topic,
            _("Jupyter cannot be imported: {error}").format(error=answer.last_line),
            "jupyter_client broken",
            installation.everything(),
        )
    if facts["spec"] is None:
        return wrong(topic, _("there is no kernel called python3"), "no kernel python3", _new_kernel())
    program = facts["program"]
    if os.path.isabs(program) and not os.path.exists(program):
        return wrong(
            topic,
            _("the kernel python3 runs {program}, which does not exist (said in {folder})").format(
                program=program, folder=facts["spec"]
            ),
            "kernel python3: interpreter missing",
            _("delete the folder {folder}, then: {command}").format(
                folder=facts["spec"], command=_new_kernel()
            ),
        )
    if "kernel" not in facts:
        if "No module named ipykernel" in answer.error:
            return wrong(
                topic,
                _("the kernel python3 runs {program}, which has no ipykernel (said in {folder})").format(
                    program=program, folder=facts["spec"]
                ),
                "kernel python3: no ipykernel",
                _("delete the folder {folder}, then: {command}").format(
                    folder=facts["spec"], command=_new_kernel()
                ),
            )
        reason = _("it did not answer") if answer.status is None else answer.last_line
        return wrong(
            topic,
            _("the kernel python3 does not start: {reason}").format(reason=reason),
            "kernel does not start",
            _new_kernel(),
        )
    kernel = facts["kernel"]
    if os.path.realpath(kernel["prefix"]) == os.path.realpath(sys.prefix):
        return ok(
            topic,
            _("python3 starts and answers; ipykernel {version}").format(version=kernel["ipykernel"]),
            f"ipykernel {kernel['ipykernel']}",
        )
    said = _("notebooks run in another Python than this one: {program} (said in {folder})").format(
        program=kernel["executable"], folder=facts["spec"]
    )
    if not kernel["course"]:
        return wrong(
            topic,
            _("{said}, and the course is not installed there").format(said=said),
            "kernel python3: other Python without the course",
            _("delete the folder {folder}, then: {command}").format(
                folder=facts["spec"], command=_new_kernel()
            ),
        )
    return limit(topic, said, "kernel python3: other Python", _new_kernel())


def examine_widgets(facts: dict[str, Any]) -> Finding:
    """ipywidgets in the kernel, and what shows it in the server's pages."""
    topic, kernel = _("Widgets"), facts["kernel"]
    found, wanted = kernel["ipywidgets"], installation.requirements().get("ipywidgets", "")
    if found is None:
        return _widgets_missing(
            _("ipywidgets is not installed where the notebooks run"), kernel["executable"]
        )
    if not installation.suits(found, wanted):
        return _widgets_missing(
            _("ipywidgets {found} is installed; the course needs {wanted}").format(
                found=found, wanted=wanted
            ),
            kernel["executable"],
        )
    if installation.version("jupyterlab") is None:
        return ok(topic, _("ipywidgets {version} in the kernel").format(version=found), f"ipywidgets {found}")
    manager = _extension(facts["extensions"])
    if manager is None:
        return wrong(
            topic,
            _("sliders will not show: JupyterLab lacks its part of ipywidgets (jupyterlab_widgets)"),
            "jupyterlab_widgets missing",
            installation.pip_install("--force-reinstall", "jupyterlab_widgets>=3"),
        )
    if _disabled(facts["settings"]):
        return wrong(
            topic,
            _("sliders will not show: JupyterLab's part of ipywidgets is switched off"),
            "jupyterlab_widgets disabled",
            f"{installation.python()} -m jupyter labextension enable {MANAGER}",
        )
    # the page's part counts on its own: 5 speaks to ipywidgets 8, 3 to ipywidgets 7
    if (installation.numbers(manager) >= (5,)) != (installation.numbers(found) >= (8,)):
        return wrong(
            topic,
            _(
                "sliders will not show: ipywidgets {version} in the kernel, but the part in JupyterLab"
                " ({manager}) is for another"
            ).format(version=found, manager=manager),
            f"ipywidgets {found}, page {manager}",
            installation.pip_install("--upgrade", "ipywidgets>=8,<9", "jupyterlab_widgets>=3"),
        )
    return ok(
        topic,
        _("ipywidgets {version} in the kernel, {manager} in JupyterLab").format(
            version=found, manager=manager
        ),
        f"ipywidgets {found}",
    )


def _widgets_missing(said: str, program: str) -> Finding:
    wanted = installation.requirements().get("ipywidgets", "")
    return wrong(_("Widgets"), said, "ipywidgets", f'{program} -m pip install "ipywidgets{wanted}"')


def _extension(folders: list[str]) -> str | None:
    """The version of the page's part of ipywidgets."""
    for folder in folders:
        try:
            package = json.loads((Path(folder) / MANAGER / "package.json").read_text(encoding="utf-8"))
            return str(package["version"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def _disabled(folders: list[str]) -> bool:
    for folder in folders:
        try:
            found = json.loads((Path(folder) / "page_config.json").read_text(encoding="utf-8"))
            disabled = found.get("disabledExtensions", {})
        except (OSError, ValueError, AttributeError):
            continue
        names = [name for name, off in disabled.items() if off] if isinstance(disabled, dict) else disabled
        if any(str(name).partition(":")[0] == MANAGER for name in names):
            return True
    return False

"""The cells that a chapter for Colab opens with: one installs the course, one keeps the answers.

The code runs where nothing of ours is installed yet, so it stands on the standard library alone. In
Colab the first cell shows as a form: its title, and not the package that it carries.
"""

from __future__ import annotations

import base64
import hashlib
import textwrap

from bigmodel_nb.language import gettext as _

_BEFORE = '''
import importlib, importlib.metadata, importlib.util, json, subprocess, sys

def _installed():
    """What is known of an installed bigmodel_nb: None, or where it came from."""
    try:
        return json.loads(importlib.metadata.distribution("bigmodel-nb").read_text("direct_url.json") or "{}")
    except importlib.metadata.PackageNotFoundError:
        return None

def _pip(*what):
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
               "--root-user-action=ignore", *what]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RuntimeError(@failed@ + "\\n" + done.stdout)
    importlib.invalidate_caches()

def _say_what_came():
    print("bigmodel_nb", importlib.metadata.version("bigmodel-nb"), @installed@)
    if "bigmodel_nb" in sys.modules:
        print(@restart@)
    lacking = [name for name in @needed@ if importlib.util.find_spec(name) is None]
    if lacking:
        print(@lacking@, *lacking)
'''

_CARRIED = """
import base64, hashlib, os, tempfile

NAME, SIZE = @name@, @size@  # bytes
SHA256 = @sha256@
WHEEL = @wheel@

_found = _installed()
if _found and _found.get("dir_info", {}).get("editable"):
    print(@editable@, _found["url"])
elif _found and SHA256 in json.dumps(_found):
    print(@again@)
else:
    _content = base64.b64decode(WHEEL)
    if len(_content) != SIZE or hashlib.sha256(_content).hexdigest() != SHA256:
        raise RuntimeError(@damaged@)
    with tempfile.TemporaryDirectory() as _folder:
        with open(os.path.join(_folder, NAME), "wb") as _file:
            _file.write(_content)
        # of what Colab has, nothing is changed
        _pip("--no-deps", "--no-index", "--force-reinstall", _file.name)
    _say_what_came()
del WHEEL
"""

_NAMED = """
SOURCE = @source@

_found = _installed()
if _found and _found.get("dir_info", {}).get("editable"):
    print(@editable@, _found["url"])
else:
    _pip(SOURCE)
    _say_what_came()
"""

_DRIVE = """
KEEP_ON_DRIVE = False  #@param {type:"boolean"}

if KEEP_ON_DRIVE:
    import os

    from google.colab import drive

    drive.mount("/content/drive")
    os.environ["BIGMODEL_PROGRESS"] = "/content/drive/MyDrive/bigmodel/progress.json"
    print(@kept@, os.environ["BIGMODEL_PROGRESS"])
"""

# Names to import, of what the chapters need and Colab has.
NEEDED = ("IPython", "ipywidgets", "keras", "matplotlib", "numpy", "PIL", "sklearn", "tensorflow")


def _filled(code: str, **values: object) -> str:
    values = {
        "failed": _("The course could not be installed. pip says:"),
        "installed": _("is installed."),
        "restart": _(
            "Another version was in use; for this one, restart the session (Runtime > Restart session)."
        ),
        "needed": NEEDED,
        "lacking": _("What the chapters need and this Python lacks:"),
        "editable": _("bigmodel_nb is installed already, for development, and stays as it is:"),
        "again": _("This version of the course is installed already."),
        "damaged": _("The package in this notebook is damaged: get the notebook again."),
        "kept": _("Your answers are kept in"),
        **values,
    }  # fmt: skip
    for name, value in values.items():
        code = code.replace(f"@{name}@", repr(value))
    return code.strip()


def carried(name: str, content: bytes) -> str:
    """Installs the wheel that it carries, once."""
    title = _("Run this first: it installs the course ({size} kB, carried in this notebook)")
    values = {
        "name": name,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "wheel": base64.b64encode(content).decode(),
    }
    head = f"#@title {title.format(size=round(len(content) / 1000))}"
    return "\n".join([head, _filled(_BEFORE), "", _filled(_CARRIED, **values)])


def named(source: str) -> str:
    """Installs from an index or a repository, as pip does."""
    title = _("Run this first: it installs the course from {source}").format(source=source)
    return "\n".join([f"#@title {title}", _filled(_BEFORE), "", _filled(_NAMED, source=source)])


def drive() -> str:
    """Offers to keep the reader's answers on their Drive; does nothing until it is told to."""
    head = _(
        "Answers and results of exercises are forgotten when a Colab session ends. To keep them in your own"
        " Google Drive, set this to True before you begin. It is yours alone, and nothing else is sent."
    )
    lines = textwrap.wrap(head, 100, initial_indent="# ", subsequent_indent="# ")
    return "\n".join([f"#@title {_('Keep your answers on Google Drive?')}", *lines, _filled(_DRIVE)])

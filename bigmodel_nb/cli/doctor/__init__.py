"""`bigmodel doctor`: whether the course will run here, what is wrong, and the command that mends it.

Everything here is the standard library: the doctor also works where nothing else does. What may
crash or hang (TensorFlow, a kernel) is asked of other processes.
"""

from __future__ import annotations

import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bigmodel_nb
from bigmodel_nb.cli.doctor import frameworks, installation, jupyter, machine
from bigmodel_nb.cli.doctor.finding import LIMIT, OK, WRONG, Finding
from bigmodel_nb.language import gettext as _
from bigmodel_nb.language import ngettext


def run(line: bool) -> int:
    """Examine, print, and return 0 where the course will run, 1 where it will not."""
    if not line and sys.stderr.isatty():
        print(_("Looking; importing TensorFlow takes some seconds ..."), file=sys.stderr)
    findings = examine()
    print(one_line(findings) if line else report(findings))
    return int(any(finding.level == WRONG for finding in findings))


def examine() -> list[Finding]:
    """All findings, in the order of the report."""
    with ThreadPoolExecutor(2) as pool:
        about_frameworks, about_jupyter = pool.submit(frameworks.ask), pool.submit(jupyter.ask)
        findings = [
            installation.examine_python(),
            installation.examine_environment(),
            installation.examine_course(),
            installation.examine_packages(),
        ]
        said = about_frameworks.result()
        findings += [*frameworks.examine(said), frameworks.examine_backend()]
        findings += jupyter.examine(about_jupyter.result())
    temporary = machine.temporary_folder()
    findings += [
        machine.examine_gpu(said.facts),
        machine.examine_memory(),
        machine.examine_disk([machine.course_folder(), *([temporary] if temporary else [])]),
        *machine.examine_folders(),
        *installation.examine_shadows(list(dict.fromkeys([Path.cwd(), machine.course_folder()]))),
        machine.examine_network(),
    ]
    return findings


def report(findings: list[Finding]) -> str:
    """A line for each finding, and the command that mends it below."""
    words = {OK: _("OK"), LIMIT: _("LIMIT"), WRONG: _("WRONG")}
    first = max(map(len, words.values())) + 2
    second = max(len(finding.topic) for finding in findings) + 2
    lines = [f"bigmodel_nb {bigmodel_nb.__version__}, {machine.system()}", ""]
    for finding in findings:
        start = f"{words[finding.level]:{first}}{finding.topic:{second}}"
        lines += textwrap.wrap(
            finding.said,
            100,
            initial_indent=start,
            subsequent_indent=" " * len(start),
            break_long_words=False,
            break_on_hyphens=False,
        )
        if finding.mend:
            lines.append(" " * len(start) + _("mend it: {command}").format(command=finding.mend))
    return "\n".join([*lines, "", verdict(findings)])


def verdict(findings: list[Finding]) -> str:
    wrong = sum(finding.level == WRONG for finding in findings)
    limits = sum(finding.level == LIMIT for finding in findings)
    if wrong:
        return ngettext(
            "The course will not run here until the line marked WRONG is mended."
            " Then ask again: bigmodel doctor",
            "The course will not run here until the {count} lines marked WRONG are mended, from the top. Then"
            " ask again: bigmodel doctor",
            wrong,
        ).format(count=wrong)
    if limits:
        return _("The course will run here; what is marked LIMIT is worth a look.")
    return _("The course will run here. Open it: bigmodel lab")


def one_line(findings: list[Finding]) -> str:
    """All that an instructor needs, without names of folders."""
    said = [f"bigmodel_nb {bigmodel_nb.__version__}", machine.system()]
    marks = {OK: "", LIMIT: "LIMIT: ", WRONG: "WRONG: "}
    said += [marks[finding.level] + " ".join(finding.short.split()) for finding in findings]
    said.append(_("will not run") if any(finding.level == WRONG for finding in findings) else _("will run"))
    return "; ".join(said)

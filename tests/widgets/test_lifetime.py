"""How long explorers live, in a real kernel: a cell that runs again replaces what it made, leaks nothing."""

from __future__ import annotations

import json
import queue
import time

import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = pytest.mark.process

COUNT = """
def count():
    import gc, threading
    from ipywidgets import Widget
    from ipywidgets.widgets import widget
    from matplotlib.figure import Figure
    gc.collect()
    return {
        "models": len(getattr(widget, "_instances", None) or Widget.widgets),
        "comms": len(get_ipython().kernel.comm_manager.comms),
        "threads": threading.active_count(),
        "figures": sum(type(thing) is Figure for thing in gc.get_objects()),
    }
"""


class Kernel:
    """A kernel and its front end: runs cells, and sends what a page sends to a widget."""

    def __init__(self) -> None:
        self.manager, self.client = start_new_kernel(startup_timeout=120)
        features = self.client.kernel_info(reply=True, timeout=60)["content"].get("supported_features", [])
        self.subshell = self._make_subshell() if "kernel subshells" in features else None

    def _make_subshell(self) -> str:
        self.client.control_channel.send(self.client.session.msg("create_subshell_request"))
        return self.client.get_control_msg(timeout=60)["content"]["subshell_id"]

    def start(self, code: str, cell: str | None = None) -> str:
        """Sends a cell; `cell` is the id that JupyterLab gives it, None for front ends that give none."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        content |= {"allow_stdin": False, "stop_on_error": True}
        message = self.client.session.msg(
            "execute_request", content, metadata={"cellId": cell} if cell else {}
        )
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def finish(self, request: str) -> list[dict]:
        """What a cell displayed; fails where it failed or warned."""
        shown = []
        while True:
            message = self.client.get_iopub_msg(timeout=120)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            assert kind != "error", "\n".join(content["traceback"])
            assert kind != "stream" or content["name"] != "stderr", content
            if kind in ("display_data", "execute_result"):
                shown.append(content["data"])
            elif kind == "stream":
                shown.append({"text/plain": content["text"]})
            elif kind == "status" and content["execution_state"] == "idle":
                return shown

    def run(self, code: str, cell: str | None = None) -> list[dict]:
        return self.finish(self.start(code, cell))

    def ask(self, expression: str):
        # A busy kernel may send what is printed in several pieces.
        shown = self.run(f"import json; print(json.dumps({expression}))")
        return json.loads("".join(piece["text/plain"] for piece in shown))

    def page_sends(self, model: str, **state) -> None:
        """A message from the page, sent as JupyterLab does: for the second thread, where there is one."""
        data = {"method": "update", "state": state, "buffer_paths": []}
        message = self.client.session.msg("comm_msg", {"comm_id": model, "data": data})
        if self.subshell is not None:
            message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    kernel.run(COUNT + "from bigmodel_nb.widgets import BatchExplorer, DescentExplorer, Prediction")
    yield kernel
    kernel.close()


def again_and_again(kernel: Kernel, code: str, times: int, cell: str | None) -> None:
    counts = []
    for run in range(times):
        kernel.run(code, cell)
        if run in (1, times - 1):
            counts.append(kernel.ask("count()"))
    assert counts[0] == counts[1]
    assert counts[0]["models"] > 20 and counts[0]["comms"] == counts[0]["models"]


def test_fifty_runs_of_a_cell_leave_nothing_behind(kernel):
    """Jupyter's Out remembers all fifty; their widgets and their figures are gone."""
    again_and_again(kernel, "DescentExplorer(racers=['Adam'], steps=20, show=['rate', 'play'])", 50, "cell-1")


def test_nor_do_cells_without_an_id_or_with_several_explorers(kernel):
    code = """
asked = Prediction("01/a", "?", ["b", "c"])
both = [DescentExplorer(racers=[], prediction=asked), BatchExplorer(kinds=["batch"])]
both[0].rate.value = 0.3
both[0].transport.play()
Prediction("01/d", "?", ["e", "f"])
"""
    again_and_again(kernel, code, 5, None)


def test_nor_do_cells_that_fail(kernel):
    code = """
try:
    DescentExplorer(knobs={"Adam": {"beta_1": 2}})
except ValueError as error:
    print(error)
kept = DescentExplorer(racers=[], show=["rate"])
"""
    again_and_again(kernel, code, 5, "cell-fails")


def test_a_cell_that_runs_again_replaces_what_it_made(kernel):
    kernel.run("first = DescentExplorer(racers=[], show=['rate'])", "cell-2")
    kernel.run("old = first", "other")
    assert kernel.ask("[old.closed, first is old]") == [False, True]
    kernel.run("first = DescentExplorer(racers=[], show=['rate'])", "cell-2")
    assert kernel.ask("[old.closed, first.closed]") == [True, False]
    (shown,) = kernel.run("old", "other")
    assert shown == {"text/plain": "This explorer was closed. Run its cell again for a new one."}


def test_explorers_made_in_one_cell_all_live(kernel):
    code = "several = [DescentExplorer(racers=[], show=['rate'], rate=r) for r in (0.1, 0.2, 0.3)]"
    kernel.run(code, "cell-3")
    assert kernel.ask("[one.closed for one in several]") == [False] * 3
    kernel.run("older = several", "other")
    kernel.run(code, "cell-3")
    assert kernel.ask("[[one.closed for one in several], [one.closed for one in older]]") == [
        [False] * 3,
        [True] * 3,
    ]


def test_an_explorer_held_in_a_variable_is_shown_in_another_cell_and_works(kernel):
    kernel.run("held = DescentExplorer('bowl', ['Adam'], 0.1)", "cell-4")
    for _time in range(2):
        live, still = kernel.run("held", "cell-5")
        assert "application/vnd.jupyter.widget-view+json" in live and "bigmodel-still" in still["text/html"]
    model = kernel.ask("held.rate.box.model_id")
    kernel.page_sends(model, value="0.25")
    for _try in range(100):
        if kernel.ask("held.rate.value") == 0.25:
            break
        time.sleep(0.02)
    assert kernel.ask("[held.closed, held.paths[0].optimizer.learning_rate]") == [False, 0.25]


def test_messages_that_arrive_while_a_cell_runs_spoil_nothing(kernel):
    """Some ipykernels 7 handle them on a second thread meanwhile, 6 and 7.4 when the cell has ended."""
    kernel.run("busy = DescentExplorer('bowl', ['Adam'], 0.1, steps=30)", "cell-6")
    slider, box, surface = kernel.ask(
        "[one.model_id for one in (busy.rate.slider, busy.noise.box, busy.surface)]"
    )
    request = kernel.start(
        """
import time
until, n = time.monotonic() + 1, 0
while time.monotonic() < until:
    n += 1
    busy.start_1.value = -4 + n % 7 / 2
    busy.steps.value = 20 + n % 30
    busy.rate.value = 0.05 + n % 5 / 100
    time.sleep(0.01)
""",
        "cell-7",
    )
    for n in range(25):
        kernel.page_sends(slider, value=0.01 + n / 200)
        kernel.page_sends(box, value=str(n / 100))
        if n % 10 == 0:
            kernel.page_sends(surface, index=n // 10 % 3)
        if n % 7 == 0:
            kernel.page_sends(box, value="much")
        time.sleep(0.04)
    kernel.finish(request)
    for _try in range(300):  # the last message
        if kernel.ask("busy.noise.value") == 0.24:
            break
        time.sleep(0.02)
    kernel.run(
        """
busy.settle()
fresh = DescentExplorer(
    busy.ground().name, ["Adam"], busy.rate.value, start=(busy.start_1.value, busy.start_2.value),
    noise=busy.noise.value, steps=busy.steps.value,
)
same = [fresh.summary_text == busy.summary_text, bytes(fresh.image.value) == bytes(busy.image.value)]
"""
    )
    assert kernel.ask("[busy.noise.value, busy.message, same]") == [0.24, "", [True, True]]
    with pytest.raises(queue.Empty):
        while True:
            message = kernel.client.get_iopub_msg(timeout=0.2)
            assert message["msg_type"] not in ("error", "stream"), message["content"]


RUNS = """
from bigmodel_nb.training import Progress, watching

def told(step, ended=None):
    return Progress(
        name="", step=step, steps=90, epoch=1, epochs=2, steps_per_epoch=45, loss=1.0, rate=None, seconds=1.0,
        seconds_left=1.0, examples_per_second=None, unit="examples", losses=[1.0] * step, history={},
        ended=ended,
    )

def trained():
    watcher = watching.watcher_for(True)
    for progress in (told(0), told(50), told(90, "finished")):
        watcher(progress)
"""


def test_panels_of_training_runs_leave_nothing_behind(kernel):
    """A loop over five fits shows three panels; run again, it replaces them."""
    kernel.run(RUNS)
    again_and_again(kernel, "for _run in range(5): trained()", 4, "cell-8")
    shown = kernel.run("for _run in range(5): trained()", "cell-8")
    assert len(shown) == 6, "each with its still"


def test_a_training_run_in_a_callback_breaks_nothing(kernel):
    kernel.run(RUNS)
    kernel.run(
        "import ipywidgets\nbutton, ended = ipywidgets.Button(), []\n"
        "button.on_click(lambda _button: ended.append(trained()))"
    )
    model = kernel.ask("button.model_id")
    counts = []
    for click in range(1, 4):
        data = {"method": "custom", "content": {"event": "click"}}
        message = kernel.client.session.msg("comm_msg", {"comm_id": model, "data": data})
        if kernel.subshell is not None:
            message["header"]["subshell_id"] = kernel.subshell
        kernel.client.shell_channel.send(message)
        for _try in range(200):
            if kernel.ask("len(ended)") == click:
                break
            time.sleep(0.02)
        counts.append(kernel.ask("count()['models']"))
    assert kernel.ask("len(ended)") == 3 and counts[1] == counts[2]


def test_a_cell_that_fails_while_it_trains_says_so_in_its_panel(kernel):
    kernel.run(RUNS)
    kernel.run("from bigmodel_nb.widgets import training\nwatcher = watching.watcher_for(True)")
    kernel.run("watcher(told(0)); watcher(told(50)); (panel,) = training._recent[1]", "cell-9")
    assert kernel.ask("panel.ended") == "ended by an error"

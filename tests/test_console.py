import io
import threading

from deskwatch.console import Console, ConsoleStream


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class StandingStill(io.StringIO):
    """A terminal on which somebody pressed Ctrl-S."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self.reached = threading.Event()

    def write(self, text: str) -> int:
        self.reached.set()
        assert self.go_on.wait(10)
        return super().write(text)


class Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


def test_every_line_names_who_said_it() -> None:
    out = io.StringIO()
    console = Console(out)
    console.line("watcher", "hello\n")
    console.line("gui", "listening")
    console.close()
    assert out.getvalue() == "watcher   | hello\ngui       | listening\n"


def test_json_lines_stay_json() -> None:
    out = io.StringIO()
    console = Console(out, prefix=False)
    console.line("watcher", '{"level": "INFO"}')
    console.close()
    assert out.getvalue() == '{"level": "INFO"}\n'


def test_what_a_process_prints_cannot_drive_the_terminal() -> None:
    out = Terminal()
    console = Console(out, prefix=False)
    console.line("watcher", "a\x1b[2Jb\rc\u202ed")
    console.close()
    assert out.getvalue() == "a\\x1b[2Jb\\rc\\u202ed\n"


def test_our_own_log_goes_through_the_console_too() -> None:
    out = io.StringIO()
    console = Console(out)
    ConsoleStream(console, "deskwatch").write("2026-01-05T12:00:00Z INFO: started\n")
    console.close()
    assert out.getvalue() == "deskwatch | 2026-01-05T12:00:00Z INFO: started\n"


def test_a_terminal_that_stands_still_holds_nobody_up_and_the_loss_is_counted() -> None:
    out = StandingStill()
    console = Console(out)
    console.line("watcher", "first")
    assert out.reached.wait(10)
    for number in range(Console.HELD + 25):
        console.line("watcher", f"line {number}")
    out.go_on.set()
    console.close(timeout=10)
    assert "(25 lines were dropped while this terminal stood still)" in out.getvalue()


def test_a_terminal_that_is_gone_is_no_reason_to_fail() -> None:
    console = Console(Gone())
    for number in range(Console.HELD * 2):
        console.line("watcher", f"line {number}")
    console.close()

"""gui.py check: what would be served with these very options."""

from click.testing import CliRunner

from gui import main


def check(home, *options):
    return CliRunner().invoke(main, ["--home", str(home), *options, "check"])


def test_the_address_of_the_command_line_is_the_one_that_is_checked(tmp_path):
    (tmp_path / "config").mkdir()
    assert (
        "Fit to serve http://127.0.0.2:5077/"
        in check(tmp_path, "--host", "127.0.0.2", "--port", "5077").output
    )
    refused = check(tmp_path, "--host", "0.0.0.0")
    assert refused.exit_code != 0
    assert "Fit to serve" not in refused.output
    assert "0.0.0.0 can be reached from other machines" in str(refused.exception)

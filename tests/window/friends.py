"""Two real wallets as two windows: one makes each way out, the other takes each in as a desktop hands it over; a third one is refused
what is sealed; and the desktop is told of what arrives while nobody looks.

    friends.py FOLDER_OF_PROGRAMS FOLDER_FOR_PICTURES

Everything else is as in window.py, whose tools these are.
"""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

import clipboard  # noqa: E402
import drop  # noqa: E402
import window as one  # noqa: E402
from reader import Reader, holds  # noqa: E402
from window import Program, Window, Words, accessibility, check, display, running, server, until  # noqa: E402

WAYS = ("file", "copied file", "whole link", "short link", "picture", "relay", "sealed")
WORDS = Words("zh-CN")
# How far the windows stand apart, in pixels.
APART = 1200


class One(Window):
    """One of several windows: found by its process."""

    def __init__(self, process, pictures, before):
        self.process, self.pictures, self.taken = process, pictures, 0
        self.number = until("there is another window", lambda: next(iter(self.all() - before), None))
        # Beside the others: what is covered by another window draws nothing.
        self.left = len(before) * APART
        self.tool("windowmove", "--sync", self.number, self.left, 0)
        until("it is shown to screen readers", self.frame)
        self.reader = Reader(self, check)

    @staticmethod
    def all():
        return {int(number) for number in Window.tool("search", "--onlyvisible", "--class", "hongbao").split()}

    def frame(self):
        desktop = Atspi.get_desktop(0)
        desktop.clear_cache()
        for at in range(desktop.get_child_count()):
            with contextlib.suppress(Exception):
                child = desktop.get_child_at_index(at)
                if child.get_process_id() == self.process.pid:
                    return child
        return None

    def drop(self, path):
        return drop.drop(self.number, path.as_uri(), self.left + 600, 400)

    def paste(self):
        until("it has the keyboard", self.take_keyboard)
        time.sleep(0.3)
        self.key("ctrl+v")


class Person:
    def __init__(self, programs, home, name):
        self.programs, self.folder = programs, home / name
        passphrase = home / "passphrase"
        passphrase.write_text("a long passphrase\n", "utf-8")
        self.environment = {"HONGBAO_PASSPHRASE_FILE": str(passphrase)}
        self.wallet = Program(str(programs / "hongbao"), ["--wallet", self.folder], self.environment)

    def has(self, packet):
        return packet in [listed["id"] for listed in self.wallet("list")]

    def start(self, *take):
        """As a desktop starts the program for a file or a link; beside a window that is open this hands over."""
        return [self.programs / "hongbao", *take, "--wallet", self.folder, "--lang", "zh-CN", "--theme", "light"]

    def around(self):
        return {**os.environ, **self.environment}

    def hand_over(self, take):
        ended = subprocess.run(list(map(str, self.start(take))), env=self.around(), capture_output=True, timeout=60, check=False)
        check("a second start hands over and ends", ended.returncode == 0, ended.stderr)

    @contextlib.contextmanager
    def window(self, pictures):
        before = One.all()
        with running(self.start(), env=self.around()) as process:
            yield One(process, pictures, before)


class Ways:
    """How the first person gives a packet away, by the forward sheet alone."""

    def __init__(self, person, window, home):
        self.person, self.window, self.reader, self.home = person, window, window.reader, home

    def begin(self, file, way):
        self.person.hand_over(file)
        serial = self.person.wallet("inspect", file)["serial"]
        self.reader.there("label", holds(f"No. {serial:06}"))
        self.reader.press("push button", WORDS("forward"))
        self.reader.choose("radio button", WORDS(way))

    def pick(self, name):
        """Chooses a friend; pressing the chosen one again would choose nobody, so it is looked at in between."""

        def once():
            if not self.reader.is_chosen("radio button", name):
                self.reader.press("radio button", name)
                time.sleep(1)
            return self.reader.is_chosen("radio button", name)

        self.reader.until(f"{name.pattern} is chosen", once)

    def done(self):
        self.reader.press("push button", WORDS("done"))

    def save(self, file, name):
        self.begin(file, "way-save")
        self.reader.write(WORDS("path-label"), str(self.home / name))
        self.reader.press("push button", WORDS("send-save"))
        return until("the file is there", lambda: (path := self.home / name).exists() and path.stat().st_size and path)

    def link(self, file, which):
        self.begin(file, "way-link")
        self.reader.choose("radio button", WORDS(which))
        # What an earlier link was told by may still be read.
        self.reader.until("no word of an earlier link is left", lambda: not self.reader.is_told(WORDS("link-copied")))

        def copied():
            """A press may reach a button that has just moved; then it is pressed again. While it works it is not to be pressed."""
            if self.window.find("push button", WORDS("send-link")):
                self.reader.press("push button", WORDS("send-link"))
            end = time.monotonic() + 3
            while time.monotonic() < end and not self.reader.is_told(WORDS("link-copied")):
                time.sleep(0.05)
            return self.reader.is_told(WORDS("link-copied"))

        self.reader.until("the link is copied", copied)
        self.done()

    def picture(self, file):
        self.begin(file, "way-picture")
        path = self.home / "card.png"
        self.reader.write(WORDS("path-label"), str(path))
        self.reader.press("push button", WORDS("send-picture"))
        until("the picture is there", lambda: path.exists() and path.stat().st_size)
        self.done()
        return path

    def relay(self, file):
        self.begin(file, "way-friend")
        self.pick(re.compile("^阿浩"))
        self.reader.press("push button", re.compile("^发给阿浩$"))
        self.done()

    def seal(self, file, name):
        self.begin(file, "way-save")
        self.reader.write(WORDS("path-label"), str(self.home / name))
        self.pick(re.compile("^阿浩"))
        self.reader.press("check box", WORDS("forward-seal"))
        self.reader.press("push button", WORDS("send-save"))
        path = self.home / f"{name}.age"
        until("the sealed file is there", lambda: path.exists() and path.stat().st_size)
        self.done()
        return path


def worsened(picture):
    """As a chat application sends it."""
    worse = picture.with_suffix(".jpg")
    subprocess.run(["convert", str(picture), "-resize", "50%", "-quality", "60", str(worse)], check=True)
    return worse


def prepare(enterprise, enterprise_url, bank, bank_url, home, people):
    payer = bank("account", "open", "--holder", "Fulai Ltd", "--applicant", enterprise_url, "--deposit", "2000.00CNY")
    ming, hao, mei = people
    for person in people:
        person.wallet("issuer", "add", enterprise_url)
        person.wallet("bank", "add", bank_url)
        person.wallet("sync")
    for person, name in ((ming, "小明"), (hao, "阿浩")):
        person.wallet("identity", "--card", home / f"{name}.hongbao-contact", "--name", name)
    ming.wallet("friend", "add", home / "阿浩.hongbao-contact")
    hao.wallet("friend", "add", home / "小明.hongbao-contact")
    hao.wallet("sync")
    campaign = enterprise(
        "campaign", "create", "--title", "福来公司", "--greeting", "新春纳福", "--count", len(WAYS), "--amount", "88.00CNY", "--mode", "each",
        "--shares", 2, "--reward", "1.00CNY", "--when", "opened", "--per-person", 20, "--expires", "30d",
        "--bank", bank_url, "--account", payer["account"],
    )
    issued = enterprise("packet", "issue", "--campaign", campaign["id"], "--count", len(WAYS), "--out", home / "out")["packets"]
    ming.wallet("import", home / "out")
    return {way: (packet["id"], pathlib.Path(packet["path"])) for way, packet in zip(WAYS, issued, strict=True)}


def notices(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def several(window, person, home):
    """Several files at once, one of them no packet, by the button: a summary, and nothing is opened."""
    before = person.wallet("list")
    wrong = home / "no packet.hongbao"
    wrong.write_text("nothing", "utf-8")
    files = [wrong, home / "by-hand.hongbao", home / "copied.hongbao"]
    window.reader.press("push button", WORDS("back-to-packets"))
    window.reader.press("push button", WORDS("open-link"))
    with clipboard.offered({"text/uri-list": "".join(f"{file.as_uri()}\r\n" for file in files), "x-special/gnome-copied-files": "copy"}):
        window.reader.press("push button", WORDS("paste-now"))
        window.reader.hear(holds("no packet.hongbao"))
    check("several pasted files end in one summary, and nothing is opened", person.wallet("list") == before)


def exchange(people, windows, home, packets, told):
    ming, hao, mei = people
    first, second = windows
    ways = Ways(ming, first, home)

    def taken(way):
        until(f"{way} is taken in", lambda: hao.has(packets[way][0]))
        check(f"{way}: it is there, and unopened", hao.wallet("show", packets[way][0])["opened_at"] is None)

    hao.hand_over(ways.save(packets["file"][1], "by-hand.hongbao"))
    ways.done()
    taken("file")
    ways.save(packets["copied file"][1], "copied.hongbao")
    first.reader.press("push button", WORDS("file-copy"))
    first.reader.hear(WORDS("file-copied"))
    ways.done()
    # A file itself is on the clipboard as file managers take it; they hand it on by its address.
    copied = (clipboard.text("text/uri-list") or "").split()
    check("the copied file is on the clipboard", copied == [(home / "copied.hongbao").as_uri()], copied)
    # A file manager offers nothing else: neither text nor picture, so the window's library tells nothing of the keys.
    with clipboard.offered({"text/uri-list": f"{copied[0]}\r\n"}):
        second.paste()
        taken("copied file")
    several(second, hao, home)
    ways.link(packets["whole link"][1], "link-whole")
    second.paste()
    taken("whole link")
    ways.link(packets["short link"][1], "link-short")
    copied = time.monotonic()
    link = ming.wallet("show", packets["short link"][0])["forwards"][0]["hosted"]["link"]
    lies_there = clipboard.text() or ""
    check("the link lies on the clipboard", link in lies_there, lies_there)
    hao.hand_over(f"hongbao:{link}")
    taken("short link")
    check("a window takes a dropped picture", second.drop(worsened(ways.picture(packets["picture"][1]))))
    taken("picture")
    sealed = ways.seal(packets["sealed"][1], "for-hao.hongbao")
    refused = subprocess.run(
        [mei.programs / "hongbao", "import", sealed, "--wallet", mei.folder, "--json"],
        env=mei.around(), capture_output=True, text=True, check=False,
    )
    check("what is sealed refuses a third wallet", "sealed-for-another" in refused.stderr, refused.stderr)
    check("a window takes what is sealed for it", second.drop(sealed))
    taken("sealed")

    # Nobody looks at the second window while this arrives.
    before = len(notices(told))
    until("the other window is looked at", first.take_keyboard)
    ways.relay(packets["relay"][1])
    taken("relay")
    new = until("the desktop is told", lambda: notices(told)[before:])
    check("of the packet that arrived, in one notice without a sum", [it["title"] for it in new] == ["新到一个红包"] and "88" not in str(new), new)
    check("in the program's own name", (new[0]["name"], new[0]["entry"]) == ("Hongbao", "hongbao"), new)
    second.picture("arrived")
    forwards = lambda: ming.wallet("sync") and ming.wallet("show", packets["relay"][0])["forwards"]  # noqa: E731
    until("the relay says that it was delivered", lambda: [it["state"] for it in forwards()] == ["delivered"])

    # Opened in the window; the notice names who forwarded, whose reward comes and whom the desktop tells.
    hao.hand_over(sealed)
    second.reader.press("push button", WORDS("open-seal-of"))
    until("it is opened", lambda: hao.wallet("show", packets["sealed"][0])["opened_at"])
    until("it has the keyboard", second.take_keyboard)
    before = len(notices(told))
    rewards = until("the reward arrives", lambda: ming.wallet("rewards"))
    check("it is for the packet that was forwarded", rewards[0]["for"]["packet"] == packets["sealed"][0], rewards)
    new = until("the desktop is told of the reward", lambda: notices(told)[before:])
    check("and of nothing else", [it["title"] for it in new] == ["奖励来了"], new)
    first.picture("rewarded")

    # Nothing else was copied since.
    time.sleep(max(0, 60 - (time.monotonic() - copied)))
    until("the link is taken off the clipboard", lambda: not clipboard.text())
    check("a link by which anybody could collect lies on the clipboard for a minute only", True)


def play(programs, pictures, home):
    with (
        server(programs, home / "enterprise", "enterprise", name="福来公司") as (enterprise, enterprise_url),
        server(programs, home / "bank", "bank", name="临江银行", account_prefix="620000") as (bank, bank_url),
    ):
        people = [Person(programs, home, name) for name in ("ming", "hao", "mei")]
        packets = prepare(enterprise, enterprise_url, bank, bank_url, home, people)
        told = home / "notices"
        told.touch()
        desktop = [sys.executable, pathlib.Path(__file__).with_name("notices.py"), told]
        with display(2 * APART), accessibility(), running(desktop, stdout=subprocess.PIPE, text=True) as shown:
            until("there is a desktop that shows notices", lambda: shown.stdout.readline().strip() == "ready")
            with people[0].window(pictures) as first, people[1].window(pictures) as second:
                exchange(people, (first, second), home, packets, told)
        for name, party in (("company", enterprise), ("bank", bank)):
            check(f"the {name}'s books are in order", party("audit")["ok"])


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        play(pathlib.Path(sys.argv[1]).absolute(), folder, pathlib.Path(place))
    print(f"{len(one.FAILED)} failed")
    sys.exit(1 if one.FAILED else 0)

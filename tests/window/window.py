"""Plays the real window: real programs, a virtual display, a real pointer. Every step is checked by the commands.

    window.py FOLDER_OF_PROGRAMS FOLDER_FOR_PICTURES

Controls are found by role and name where a screen reader finds them, in the accessibility tree; clicks and keys go
through the display; reader.py does without both. Needs a session bus of its own: see run.sh.
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
from gi.repository import Atspi, Gio, GLib  # noqa: E402

import clipboard  # noqa: E402
import drop  # noqa: E402
from reader import Reader, holds, starts  # noqa: E402

ROOT = pathlib.Path(__file__).parents[2]
PATIENCE = 60
# Seconds in which nothing happens and nothing is drawn, and how much of them a processor may work all the same.
STILL, IDLE = 10, 0.15
FAILED = []


def check(what, good, seen=""):
    print(f"{'ok  ' if good else 'FAIL'} {what} {'' if good else seen}".rstrip(), flush=True)
    if not good:
        FAILED.append(what)


def until(what, ask):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(0.1)
    raise SystemExit(f"this never happened: {what}")


class Program:
    """A program's commands; each answers in JSON."""

    def __init__(self, command, options, environment=None):
        self.command, self.options = command, options
        self.environment = {**os.environ, **(environment or {})}

    def __call__(self, *words):
        arguments = [self.command, *map(str, words), *map(str, self.options), "--json"]
        ended = subprocess.run(arguments, env=self.environment, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise SystemExit(f"{' '.join(arguments)}: exit {ended.returncode}: {ended.stderr}")
        return json.loads(ended.stdout)


@contextlib.contextmanager
def running(arguments, **options):
    process = subprocess.Popen(list(map(str, arguments)), **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@contextlib.contextmanager
def server(programs, folder, role, **config):
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    command = programs / "hongbao-server"
    serve = [command, "serve", "--role", role, "--data", folder, "--listen", "127.0.0.1:0", "--config", folder / "config.json"]
    with running(serve, stdout=subprocess.PIPE, text=True) as process:
        yield Program(str(command), ["--data", folder]), json.loads(process.stdout.readline())["url"]


class Words:
    """The window's words, with anything where a value stands."""

    def __init__(self, language):
        text = (ROOT / "assets" / "locales" / language / "main.ftl").read_text("utf-8")
        self.lines = dict(re.findall(r"^([a-z][a-z-]*) = (.+)$", text, re.M))

    def __call__(self, key):
        parts = re.split(r"\{[^}]*\}", self.lines[key])
        return re.compile("^" + ".*".join(map(re.escape, parts)) + "$")


class Window:
    """A running window: its accessible tree, its pointer and its keys."""

    def __init__(self, process, pictures):
        self.process, self.pictures, self.taken = process, pictures, 0
        found = until("there is a window", self.numbers)
        self.number = int(found[-1])
        until("it is shown to screen readers", self.frame)
        until("it has the keyboard", self.take_keyboard)

    def alive(self):
        if self.process.poll() is not None:
            raise SystemExit(f"the window ended by itself: {self.process.returncode}")

    def numbers(self):
        self.alive()
        return self.tool("search", "--class", "hongbao").split()

    def take_keyboard(self):
        """There is no window manager to give it the keyboard; and it takes it only once it is shown."""
        self.tool("windowfocus", self.number)
        return self.tool("getwindowfocus").strip() == str(self.number)

    @staticmethod
    def tool(*words):
        return subprocess.run(["xdotool", *map(str, words)], capture_output=True, text=True, check=False).stdout

    @staticmethod
    def frame():
        desktop = Atspi.get_desktop(0)
        desktop.clear_cache()
        return desktop.get_child_at_index(0) if desktop.get_child_count() else None

    def nodes(self):
        found = []

        def walk(node):
            # Whatever went away meanwhile is not there.
            with contextlib.suppress(GLib.Error):
                for at in range(node.get_child_count()):
                    child = node.get_child_at_index(at)
                    if child is not None:
                        found.append(child)
                        walk(child)

        self.alive()
        if frame := self.frame():
            walk(frame)
        return found

    def names(self):
        """What everything is called that has a name, and is still there when it is asked."""
        found = []
        for node in self.nodes():
            with contextlib.suppress(GLib.Error):
                found.append(node.get_name() or "")
        return [name for name in found if name]

    def find(self, role, name):
        for node in self.nodes():
            with contextlib.suppress(GLib.Error):
                is_there = node.get_role_name() == role and name.match(node.get_name() or "")
                if is_there and node.get_state_set().contains(Atspi.StateType.ENABLED):
                    return node
        return None

    def place(self, role, name):
        """The middle of the control, once it stands still."""

        def once():
            node = self.find(role, name)
            if node is None:
                return None
            with contextlib.suppress(GLib.Error):
                place = node.get_extents(Atspi.CoordType.SCREEN)
                return (place.x + place.width // 2, place.y + place.height // 2) if place.width > 0 else None
            return None

        def twice():
            first = once()
            time.sleep(0.15)
            return first if first and first == once() else None

        return until(f"{role} {name.pattern} is there", twice)

    def click(self, role, name):
        x, y = self.place(role, name)
        self.tool("mousemove", x, y)
        time.sleep(0.05)
        self.tool("click", 1)

    def key(self, *keys):
        for key in keys:
            self.tool("key", key)
            time.sleep(0.05)

    def type_into(self, name, text):
        self.click("entry", name)
        self.key("ctrl+a")
        self.tool("type", "--delay", 15, text)

    def picture(self, name):
        self.taken += 1
        path = self.pictures / f"{self.taken:02}-{name}.png"
        subprocess.run(["import", "-window", str(self.number), str(path)], check=True)
        return path

    def brightness(self):
        """The mean of all pixels, from 0 to 1."""
        path = self.picture("brightness")
        ended = subprocess.run(["identify", "-format", "%[fx:mean]", str(path)], capture_output=True, text=True, check=True)
        path.unlink()
        self.taken -= 1
        return float(ended.stdout)

    def processor_time(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def display(width=1200):
    read, write = os.pipe()
    # A display that has lost its last client starts anew, and refuses who comes at that moment: xdotool comes and goes.
    with running(
        ["Xvfb", "-noreset", "-displayfd", write, "-screen", "0", f"{width}x820x24", "-nolisten", "tcp"],
        pass_fds=[write], stderr=subprocess.DEVNULL,
    ):
        os.close(write)
        with os.fdopen(read) as pipe:
            os.environ["DISPLAY"] = f":{pipe.readline().strip()}"
        yield


@contextlib.contextmanager
def accessibility():
    """The bus on which windows tell screen readers what they show; windows tell it only when somebody listens."""
    with running(["/usr/libexec/at-spi-bus-launcher", "--launch-immediately"], stderr=subprocess.DEVNULL):
        bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)

        def listen():
            with contextlib.suppress(GLib.Error):
                for name in ("IsEnabled", "ScreenReaderEnabled"):
                    value = GLib.Variant("(ssv)", ("org.a11y.Status", name, GLib.Variant("b", True)))
                    properties = "org.freedesktop.DBus.Properties"
                    bus.call_sync("org.a11y.Bus", "/org/a11y/bus", properties, "Set", value, None, 0, 2000, None)
                return True
            return False

        until("there is a bus for screen readers", listen)
        yield


def prepare(programs, home, enterprise, enterprise_url, bank, bank_url):
    """A wallet with an account, and two packets as files."""
    payer = bank("account", "open", "--holder", "Fulai Ltd", "--applicant", enterprise_url, "--deposit", "1000.00CNY")
    passphrase = home / "passphrase"
    passphrase.write_text("a long passphrase\n", "utf-8")
    wallet = Program(str(programs / "hongbao"), ["--wallet", home / "wallet"], {"HONGBAO_PASSPHRASE_FILE": str(passphrase)})
    wallet("issuer", "add", enterprise_url)
    wallet("bank", "add", bank_url)
    opened = bank("account", "open", "--holder", "林夏", "--identity", "ID 1")
    wallet("account", "link", opened["account"], "--code", opened["code"])
    campaign = enterprise(
        "campaign", "create", "--title", "福来公司", "--greeting", "新春纳福", "--count", 2, "--amount", "88.00CNY", "--mode", "each",
        "--shares", 2, "--reward", "1.00CNY", "--when", "opened", "--per-person", 5, "--expires", "30d",
        "--bank", bank_url, "--account", payer["account"],
    )
    issued = enterprise("packet", "issue", "--campaign", campaign["id"], "--count", 2, "--out", home / "out")["packets"]
    return wallet, opened["account"], issued


def open_and_collect(window, reader, wallet, words, packet):
    until("the packet is taken in", lambda: packet in [listed["id"] for listed in wallet("list")])
    window.place("push button", words("open-seal-of"))
    window.picture("envelope")
    reader.survey("envelope")
    check("nothing is opened before somebody opens it", wallet("show", packet)["opened_at"] is None)
    window.key("Return")
    until("it is opened", lambda: wallet("show", packet)["opened_at"])
    time.sleep(0.8)
    window.picture("opening")
    shown = until("it is told", lambda: (s := wallet("show", packet))["opening"]["notice"] == "answered" and s)
    check("Enter opens the packet and the company is told", shown["opening"]["receipt"] == "not-rewarded", shown["opening"])
    window.place("push button", words("collect-button-amount"))
    window.picture("voucher")
    reader.survey("voucher")
    check("nothing is collected before somebody clicks", shown["collection"] is None)
    window.click("push button", words("collect-button-amount"))
    collected = until("it is paid", lambda: (c := wallet("show", packet)["collection"]) and c["state"] == "paid" and c)
    check("Collect brings the money", collected["amount"] == {"minor": 8800, "currency": "CNY"}, collected)
    until("the window says so", lambda: any(words("arrived").match(name) for name in window.names()) or
          any(words("step-paid").pattern.strip("^$") in name for name in window.names()))
    window.picture("paid")
    reader.survey("voucher that was paid")


def forward(window, reader, wallet, words, packet, path):
    window.click("push button", words("forward"))
    reader.choose("radio button", words("way-link"))
    reader.choose("radio button", words("way-save"))
    reader.survey("forward sheet")
    window.type_into(words("path-label"), str(path))
    window.picture("forward")
    window.click("push button", words("send-save"))
    until("the file is there", lambda: path.exists() and path.stat().st_size)
    inspected = wallet("inspect", path)
    check("the forwarded file is genuine and names its forwarder", (inspected["verdict"], len(inspected["hops"])) == ("genuine", 1))
    check("the wallet knows of it", len(wallet("show", packet)["forwards"]) == 1)
    window.click("push button", words("done"))


def settings(window, wallet, home):
    chinese, english = Words("zh-CN"), Words("en")
    kept = home / "wallet" / "window.json"
    window.click("page tab", chinese("page-settings"))
    window.place("radio button", re.compile(".*English"))
    window.picture("settings")
    light = window.brightness()
    window.click("radio button", re.compile(".*English"))
    until("the language is kept", lambda: kept.exists() and json.loads(kept.read_text("utf-8"))["language"] == "en")
    window.place("page tab", english("page-settings"))
    check("the window speaks English at once", window.find("page tab", chinese("page-settings")) is None)
    window.click("radio button", re.compile(".*" + english("theme-dark").pattern.strip("^$")))
    until("the theme is kept", lambda: json.loads(kept.read_text("utf-8"))["theme"] == "dark")
    until("it is dark", lambda: window.brightness() < light / 2)
    window.picture("dark")
    check("it is dark at once", True)
    # Its name also says how many packets are to be opened.
    window.click("page tab", re.compile(english("page-packets").pattern.rstrip("$")))
    window.place("push button", english("open-file"))
    window.picture("packets")
    check("both packets are in the wallet", len(wallet("list")) == 2)


def read_pages(reader, words):
    """Goes to every page by its tab's action, and reads what is there."""
    for page in ("rewards", "friends", "activity", "settings", "packets"):
        reader.choose("page tab", starts(words(f"page-{page}")))
        reader.survey(page)
    reader.check("every page is reached by the action of its tab", True)
    reader.write(words("search-hint"), "没有这样的红包")
    reader.until("nothing is found", lambda: any(words("search-empty").match(name) for name in reader.window.names()))
    reader.write(words("search-hint"), "福来")
    reader.check("the search is written in without keys, finds, and reads back", True)
    reader.write(words("search-hint"), "")


def read_a_packet(reader, words, wallet, packet):
    """Goes from the shelf to a packet, puts it away, takes that back, and opens it."""
    state = wallet("show", packet)["state"]
    on_the_shelf = re.compile("^福来公司：新春纳福$")
    reader.press("push button", on_the_shelf)
    reader.there("push button", words("open-seal-of"))
    reader.survey("a packet to be opened")
    reader.check("a packet on the shelf is reached by its action", True)
    reader.press("push button", words("more"))
    reader.there("push button", words("archive"))
    reader.survey("the menu")
    reader.press("push button", words("archive"))
    reader.hear(words("toast-archived"))
    until("it is put away", lambda: wallet("show", packet)["state"] == "archived")
    reader.check("an item of the menu is pressed by its action, and a passing word tells what it did", True)
    reader.press("push button", words("undo"))
    until("it is as it was", lambda: wallet("show", packet)["state"] == state)
    reader.check("and Undo takes it back", True)
    reader.press("push button", on_the_shelf)
    reader.press("push button", words("open-seal-of"))
    until("it is opened", lambda: wallet("show", packet)["opened_at"])
    reader.check("the gold seal opens by its action", True)


def read_friends(reader, words):
    """Writes where a friend's card would be."""
    reader.choose("page tab", starts(words("page-friends")))
    reader.press("push button", words("friend-add"))
    reader.write(words("card-path"), "/nowhere/hao.hongbao-contact")
    reader.survey("adding a friend")
    reader.press("push button", words("friend-take"))
    reader.hear(holds(words.lines["error-file"]))
    reader.check("what went wrong is told in a passing word", True)


def read_money(reader, words):
    """From what happened to all of the money, and on to where one sum is."""
    reader.choose("page tab", starts(words("page-activity")))
    reader.press("push button", words("where-title"))
    reader.there("push button", holds("福来公司"))
    reader.survey("all of the money")
    reader.press("push button", holds("福来公司"))
    reader.there("push button", words("where-copy"))
    reader.survey("where the money is")
    reader.press("push button", words("where-copy"))
    reader.hear(words("where-copied"))
    reader.check("where the money is can be read and copied for the bank", True)
    copied = clipboard.text() or ""
    reader.check("what was copied lies on the system's clipboard", words.lines["where-known"] in copied, copied)


def settings_by_reader(reader):
    """Back to Chinese and to light, by actions alone."""
    chinese, english = Words("zh-CN"), Words("en")
    reader.choose("page tab", starts(english("page-settings")))
    reader.turn("check box", english("reduced-motion"))
    reader.choose("radio button", holds("简体中文"))
    reader.there("page tab", starts(chinese("page-settings")))
    left = [name for name in reader.window.names() if english("page-settings").match(name) or english("page-friends").match(name)]
    reader.check("the language changes by an action, and every tab's name with it", not left, left)
    dark = reader.window.brightness()
    reader.choose("radio button", holds(chinese.lines["theme-light"]))
    until("it is light", lambda: reader.window.brightness() > dark * 2)
    reader.check("the theme changes by an action", True)


def choose_a_minute(reader, wallet_folder):
    """The key has a passphrase: after how long it is forgotten is chosen without keys or pointer."""
    kept = wallet_folder / "window.json"
    minute = Words("zh-CN").lines["idle-minutes"].replace("{ $minutes }", "1")
    reader.choose("radio button", re.compile(f".*: {re.escape(minute)}$"))
    until("it is kept", lambda: json.loads(kept.read_text("utf-8"))["idle_lock"] == 1)
    reader.check("after how long the wallet locks is chosen by an action, and kept", True)


def locks(log):
    """A minute in which nothing is done."""
    until("the key is forgotten", lambda: "the key is forgotten" in log.read_text("utf-8", "replace"))
    check("a minute in which nothing is done locks the wallet", True)


def rest(window, log):
    """What the window does and costs while it is looked at and nothing happens."""
    window.tool("mousemove", 1190, 810)
    until("it stands still", lambda: frames(log) == (time.sleep(2), frames(log))[1])
    drawn, before = frames(log), window.processor_time()
    check("the window tells of the frames that it drew", drawn > 0)
    time.sleep(STILL)
    drawn, used = frames(log) - drawn, window.processor_time() - before
    check(f"a window in which nothing happens draws nothing in {STILL} s", drawn == 0, f"{drawn} frames")
    check(f"and rests: {used:.2f} s of processor time", used < IDLE)


def frames(log):
    return log.read_text("utf-8", "replace").count("a frame")


def play(programs, pictures, home):
    with (
        server(programs, home / "enterprise", "enterprise", name="福来公司") as (enterprise, enterprise_url),
        server(programs, home / "bank", "bank", name="临江银行", account_prefix="620000") as (bank, bank_url),
    ):
        wallet, account, issued = prepare(programs, home, enterprise, enterprise_url, bank, bank_url)
        first, second = (pathlib.Path(packet["path"]) for packet in issued)
        with display(), accessibility():
            shown = [programs / "hongbao", first, "--wallet", home / "wallet", "--lang", "zh-CN", "--theme", "light"]
            told = {"DISPLAY": os.environ["DISPLAY"], "HONGBAO_LOG": "hongbao=trace"}
            log = pictures / "window.log"
            with log.open("wb") as lines, running(shown, env={**wallet.environment, **told}, stderr=lines) as process:
                window, words = Window(process, pictures), Words("zh-CN")
                reader = Reader(window, check)
                open_and_collect(window, reader, wallet, words, issued[0]["id"])
                balance = bank("account", "show", account)["balance"]
                check("88 yuan are in the account", balance == {"minor": 8800, "currency": "CNY"}, balance)
                forward(window, reader, wallet, words, issued[0]["id"], home / "for-a-friend.hongbao")
                dropped = drop.drop(window.number, second.as_uri(), 600, 400)
                check("the window takes what is dropped", dropped)
                until("the dropped packet is taken in", lambda: issued[1]["id"] in [p["id"] for p in wallet("list")])
                window.place("push button", words("open-seal-of"))
                window.picture("dropped")
                reader.press("push button", words("back-to-packets"))
                read_pages(reader, words)
                read_a_packet(reader, words, wallet, issued[1]["id"])
                read_friends(reader, words)
                read_money(reader, words)
                settings(window, wallet, home)
                settings_by_reader(reader)
                choose_a_minute(reader, home / "wallet")
                rest(window, log)
                locks(log)
                drop.close(window.number)
                check("the window closes when it is told to", process.wait(20) == 0)
        for name, party in (("company", enterprise), ("bank", bank)):
            check(f"the {name}'s books are in order", party("audit")["ok"])


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as place:
        play(pathlib.Path(sys.argv[1]).absolute(), folder, pathlib.Path(place))
    print(f"pictures in {folder}; {len(FAILED)} failed")
    sys.exit(1 if FAILED else 0)

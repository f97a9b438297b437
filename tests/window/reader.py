"""Uses the window as a person does who cannot see it: through the names, states and actions that it tells a screen reader, and
neither pointer nor keys.

It knows no packet and no server: window.py brings the window to where something is to be read.
"""

import contextlib
import re
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

PATIENCE = 30
PRESSED = {"push button", "toggle button", "page tab", "radio button", "check box", "menu item", "link"}
CHOSEN = (Atspi.StateType.CHECKED, Atspi.StateType.PRESSED, Atspi.StateType.SELECTED)
SAYING = {"status bar", "notification"}


def offered(node):
    """The names of what the node says now can be done with it: a control that could not be pressed a moment ago may be now."""
    node.clear_cache()
    action = node.get_action_iface()
    return [action.get_action_name(at) for at in range(action.get_n_actions())] if action else []


def shown(node):
    states = node.get_state_set()
    return states.contains(Atspi.StateType.ENABLED) and states.contains(Atspi.StateType.SHOWING)


def text_of(node):
    return Atspi.Text.get_text(node, 0, Atspi.Text.get_character_count(node))


class Reader:
    def __init__(self, window, check):
        self.window, self.check, self.read = window, check, 0

    def survey(self, page):
        """Everything that can be pressed has a name and can be pressed, and everything that can be pressed has a name."""
        pressed, written, wrong = 0, 0, []
        for node in self.window.nodes():
            # What went away meanwhile is not there.
            with contextlib.suppress(GLib.Error):
                if not shown(node):
                    continue
                role, name, actions = node.get_role_name(), (node.get_name() or "").strip(), offered(node)
                is_written = role in ("entry", "password text")
                if is_written and node.get_editable_text_iface() is None:
                    wrong.append(f"{role} {name!r} cannot be written in")
                if role in PRESSED and "click" not in actions:
                    wrong.append(f"{role} {name!r} cannot be pressed")
                # Scroll bars are the toolkit's own; nobody reads their names.
                if (role in PRESSED or is_written or actions) and not name and role != "scroll bar":
                    wrong.append(f"{role} without a name, {actions}")
                pressed, written = pressed + (role in PRESSED), written + is_written
        what = f"{page}: {pressed} controls with names and actions, {written} fields to write in"
        self.check(what, pressed > 0 and not wrong, "; ".join(wrong))

    def until(self, what, ask):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(GLib.Error):
                if found := ask():
                    return found
            time.sleep(0.05)
        told = sorted({f"{node.get_role_name()} {node.get_name()!r}" for node in self.window.nodes()})
        raise SystemExit(f"this was never to be read: {what}; but: {told}")

    def there(self, role, name):
        return self.until(f"{role} {name.pattern}", lambda: self.window.find(role, name))

    def press(self, role, name):
        """Presses by the action that the control offers, as soon as it is there."""

        def once():
            node = self.window.find(role, name)
            return node is not None and "click" in offered(node) and node.get_action_iface().do_action(0)

        self.until(f"{role} {name.pattern} can be pressed", once)

    def is_chosen(self, role, name):
        node = self.window.find(role, name)
        return node is not None and any(node.get_state_set().contains(state) for state in CHOSEN)

    def choose(self, role, name):
        """Presses what is then the chosen one of several."""
        self.press(role, name)
        self.until(f"{role} {name.pattern} is chosen", lambda: self.is_chosen(role, name))

    def turn(self, role, name):
        """Turns a switch over, and back."""
        self.there(role, name)
        before = self.is_chosen(role, name)
        for wanted in (not before, before):
            self.press(role, name)
            self.until(f"{role} {name.pattern} is {wanted}", lambda: self.is_chosen(role, name) == wanted)
        self.check("a switch turns over and back by its action, and says so", True)

    def write(self, name, text):
        """Writes into a field as an aid does, and reads what then stands there."""
        entry = self.there("entry", name)
        entry.clear_cache()
        entry.get_editable_text_iface().set_text_contents(text)
        self.until(f"{text!r} stands in {name.pattern}", lambda: text_of(self.window.find("entry", name)) == text)

    def is_told(self, name):
        """A passing word that is there now; none if there is no such word."""
        for node in self.window.nodes():
            with contextlib.suppress(GLib.Error):
                if node.get_role_name() in SAYING and name.match(node.get_name() or ""):
                    return node.get_name()
        return None

    def hear(self, name):
        """Waits for a passing word, which tells its role, so that it is read aloud."""
        return self.until(f"a word of the window's: {name.pattern}", lambda: self.is_told(name))


def starts(name):
    """A name of which only the beginning is known: tabs add how much waits there, rows what they tell."""
    return re.compile(name.pattern.rstrip("$"))


def holds(text):
    return re.compile(".*" + re.escape(text) + ".*", re.S)

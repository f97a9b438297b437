"""Drops a file onto a window, as a file manager does: the source's side of XDND 5."""

import time

from Xlib import X, Xatom, display
from Xlib.protocol import event

PATIENCE = 20


class Source:
    def __init__(self, uri):
        self.display = display.Display()
        screen = self.display.screen()
        self.uri = uri.encode() + b"\r\n"
        self.window = screen.root.create_window(0, 0, 1, 1, 0, screen.root_depth)
        names = "XdndAware XdndEnter XdndPosition XdndStatus XdndDrop XdndFinished XdndActionCopy XdndSelection text/uri-list"
        self.atoms = {name: self.display.intern_atom(name) for name in names.split()}
        self.window.change_property(self.atoms["XdndAware"], Xatom.ATOM, 32, [5])
        self.window.set_selection_owner(self.atoms["XdndSelection"], X.CurrentTime)

    def send(self, target, kind, data):
        message = event.ClientMessage(window=target, client_type=self.atoms[kind], data=(32, data))
        target.send_event(message)
        self.display.flush()

    def wait_for(self, kind):
        """Answers whoever asks for the dragged data, until the target has said this."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if not self.display.pending_events():
                time.sleep(0.01)
                continue
            got = self.display.next_event()
            if got.type == X.SelectionRequest:
                self.answer(got)
            elif got.type == X.ClientMessage and got.client_type == self.atoms[kind]:
                return got.data[1]
        raise SystemExit(f"the window never said {kind}")

    def answer(self, request):
        place = request.property if request.target == self.atoms["text/uri-list"] else X.NONE
        if place:
            request.requestor.change_property(place, request.target, 8, self.uri)
        answer = event.SelectionNotify(
            time=request.time, requestor=request.requestor, selection=request.selection, target=request.target, property=place
        )
        request.requestor.send_event(answer)
        self.display.flush()


def drop(window, uri, x, y):
    """Drops what stands at `uri` onto the window with this number, at a place of the screen. True when it was taken."""
    source = Source(uri)
    target = source.display.create_resource_object("window", window)
    own, atoms = source.window.id, source.atoms
    source.send(target, "XdndEnter", [own, 5 << 24, atoms["text/uri-list"], 0, 0])
    for step in range(3):
        position = [own, 0, (x + step) << 16 | y, X.CurrentTime, atoms["XdndActionCopy"]]
        source.send(target, "XdndPosition", position)
        status = source.wait_for("XdndStatus")
    if not status[1] & 1:
        return False
    source.send(target, "XdndDrop", [own, 0, X.CurrentTime, 0, 0])
    finished = source.wait_for("XdndFinished")
    return bool(finished[1] & 1)


def close(window):
    """Asks a window to close, as a window manager does."""
    source = display.Display()
    target = source.create_resource_object("window", window)
    protocols, delete = (source.intern_atom(name) for name in ("WM_PROTOCOLS", "WM_DELETE_WINDOW"))
    target.send_event(event.ClientMessage(window=target, client_type=protocols, data=(32, [delete, X.CurrentTime, 0, 0, 0])))
    source.flush()

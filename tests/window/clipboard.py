"""What lies on the system's clipboard, asked for as any other program on the display asks."""

import contextlib
import threading
import time

from Xlib import X, Xatom, display
from Xlib.protocol import event as events

PATIENCE = 10


def text(kind="UTF8_STRING"):
    """The text of this kind that lies there; none when nobody offers any."""
    screen = display.Display()
    window = screen.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    clipboard, answer = screen.intern_atom("CLIPBOARD"), screen.intern_atom("HONGBAO_TEST")
    window.convert_selection(clipboard, screen.intern_atom(kind), answer, X.CurrentTime)
    screen.flush()
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if not screen.pending_events():
            time.sleep(0.02)
            continue
        event = screen.next_event()
        if event.type == X.SelectionNotify:
            found = window.get_full_property(answer, X.AnyPropertyType) if event.property else None
            screen.close()
            return found.value.decode() if found else None
    screen.close()
    return None


@contextlib.contextmanager
def offered(texts):
    """Offers texts by their kinds, and nothing else, as long as this lasts: as a program from which something was copied."""
    screen = display.Display()
    window = screen.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    clipboard, targets = screen.intern_atom("CLIPBOARD"), screen.intern_atom("TARGETS")
    offers = {screen.intern_atom(kind): text.encode() for kind, text in texts.items()}
    window.set_selection_owner(clipboard, X.CurrentTime)
    screen.flush()
    ended = threading.Event()

    def answer(event):
        place = event.property or event.target
        if event.target == targets:
            event.requestor.change_property(place, Xatom.ATOM, 32, [targets, *offers])
        elif event.target in offers:
            event.requestor.change_property(place, event.target, 8, offers[event.target])
        else:
            place = X.NONE
        told = events.SelectionNotify(
            time=event.time, requestor=event.requestor, selection=event.selection, target=event.target, property=place
        )
        event.requestor.send_event(told)
        screen.flush()

    def serve():
        while not ended.is_set():
            if not screen.pending_events():
                time.sleep(0.02)
                continue
            event = screen.next_event()
            if event.type == X.SelectionRequest:
                answer(event)

    server = threading.Thread(target=serve)
    server.start()
    try:
        yield
    finally:
        ended.set()
        server.join()
        screen.close()

"""What lies on the system's clipboard, asked for as any other program on the display asks."""

import time

from Xlib import X, display

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

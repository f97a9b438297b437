"""Takes the place of a desktop that shows notices: writes each one as a line of JSON into the file given.

    notices.py FILE
"""

import json
import sys

from gi.repository import Gio, GLib

INTERFACE = """
<node><interface name="org.freedesktop.Notifications">
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="GetServerInformation">
    <arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/>
  </method>
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
    <arg type="u" direction="out"/>
  </method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
</interface></node>
"""


def main(path):
    out, count = open(path, "a", encoding="utf-8"), [0]

    def answer(_connection, _sender, _path, _interface, method, parameters, invocation):
        if method == "Notify":
            name, _, icon, title, body, _, hints, _ = parameters.unpack()
            count[0] += 1
            out.write(json.dumps({"name": name, "icon": icon, "title": title, "body": body, "entry": hints.get("desktop-entry")}) + "\n")
            out.flush()
            invocation.return_value(GLib.Variant("(u)", (count[0],)))
        elif method == "GetServerInformation":
            invocation.return_value(GLib.Variant("(ssss)", ("notices", "test", "1", "1.2")))
        elif method == "GetCapabilities":
            invocation.return_value(GLib.Variant("(as)", (["body"],)))
        else:
            invocation.return_value(None)

    def on_bus(connection, _name):
        interface = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
        connection.register_object("/org/freedesktop/Notifications", interface, answer, None, None)

    def ready(*_):
        print("ready", flush=True)

    Gio.bus_own_name(Gio.BusType.SESSION, "org.freedesktop.Notifications", Gio.BusNameOwnerFlags.NONE, on_bus, ready, None)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(sys.argv[1])

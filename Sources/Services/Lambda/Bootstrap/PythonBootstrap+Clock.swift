extension PythonBootstrap {
  /// The beginning of the program: what it needs, and the time that it shows. Each module costs a
  /// new process a millisecond or several, so there are few; others are imported when they are
  /// needed.
  static let clock = #"""
    import importlib
    import importlib.machinery
    import json
    import os
    import socket
    import sys
    import time

    real_time, real_time_ns = time.time, time.time_ns
    moves_clock = os.environ.pop("LEAT_MOVES_CLOCK", None) == "1"
    # Seconds between the machine's clock and the one that this function is shown.
    clock_offset = 0.0


    def now():
        return real_time() + clock_offset


    def set_time(milliseconds):
        global clock_offset
        if milliseconds is not None:
            clock_offset = int(milliseconds) / 1000 - real_time()


    def move_clock():
        import datetime as calendar

        gmtime, localtime, strftime = time.gmtime, time.localtime, time.strftime
        ctime, asctime = time.ctime, time.asctime
        time.time = now
        time.time_ns = lambda: real_time_ns() + int(clock_offset * 1_000_000_000)
        time.gmtime = lambda seconds=None: gmtime(now() if seconds is None else seconds)
        time.localtime = lambda seconds=None: localtime(now() if seconds is None else seconds)
        time.ctime = lambda seconds=None: ctime(now() if seconds is None else seconds)
        time.asctime = lambda moment=None: asctime(moment or time.localtime())
        time.strftime = lambda form, moment=None: strftime(form, moment or time.localtime())

        # A value that was made with the machine's own types is one of these too.
        def kind_of(real):
            class Kind(type(real)):
                def __instancecheck__(cls, value):
                    own = super().__instancecheck__(value)
                    return own or (cls in moved and isinstance(value, real))

                def __subclasscheck__(cls, other):
                    return super().__subclasscheck__(other) or (
                        cls in moved and issubclass(other, real))
            return Kind

        real_date, real_datetime = calendar.date, calendar.datetime
        moved = []

        class date(real_date, metaclass=kind_of(real_date)):
            @classmethod
            def today(cls):
                return cls.fromtimestamp(now())

        class datetime(real_datetime, metaclass=kind_of(real_datetime)):
            @classmethod
            def now(cls, tz=None):
                return cls.fromtimestamp(now(), tz)

            @classmethod
            def today(cls):
                return cls.fromtimestamp(now())

            @classmethod
            def utcnow(cls):
                return cls.fromtimestamp(now(), calendar.timezone.utc).replace(tzinfo=None)

        for replaced in (date, datetime):
            replaced.__module__ = "datetime"
            replaced.__qualname__ = replaced.__name__
            setattr(calendar, replaced.__name__, replaced)
            moved.append(replaced)


    set_time(os.environ.pop("LEAT_NOW_MS", None))
    if moves_clock:
        move_clock()

    """#
}

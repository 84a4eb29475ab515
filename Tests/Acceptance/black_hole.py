"""A receiver that is there and never answers."""
import contextlib
import socket
import threading


@contextlib.contextmanager
def black_hole():
    """A port that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        held, stopped = [], threading.Event()
        listener.settimeout(0.2)

        def accept():
            while not stopped.is_set():
                with contextlib.suppress(TimeoutError):
                    held.append(listener.accept()[0])

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", held
        finally:
            stopped.set()
            thread.join()
            for connection in held:
                connection.close()

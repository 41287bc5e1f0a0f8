"""An app with one action: it greets somebody, slowly enough to be watched.

FAKTS_URL and FAKTS_MANDATE_KEY say where it logs in and with what; without a key it shows a code
for a person to approve.
"""

import contextlib
import time

from arkitekt import App, Task, run

app = App("org.example.hello", "0.1.0", description="Greets whoever asks")

STEPS = 4


@app.action
def greet(name: str, task: Task) -> str:
    """Greet somebody."""
    task.log(f"somebody wants to greet {name}")
    for step in range(1, STEPS + 1):
        time.sleep(0.3)
        task.progress(step * 100 // STEPS, f"step {step} of {STEPS}")
    return f"Hello, {name}!"


if __name__ == "__main__":
    print("hello: logging in and offering `greet`; Ctrl-C ends it", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        run(app)

"""The crowd of `users.py`: told on standard input where to go and for how long, says on standard output what it saw.

Nothing of Bartizan is used here; what people know is what the pages tell them.
"""

from __future__ import annotations

import html
import json
import random
import re
import sys
from typing import Any

import gevent  # type: ignore[import-untyped]
from locust import FastHttpUser, constant, events, task
from locust.env import Environment

ASKED: dict[str, Any] = json.load(sys.stdin)
HOT = 3
"""Systems whose first risks everybody wants."""
_WORDS = ("poisoning", "chatbot", "injection", "lisbon", "zebra", "theft")
wrote: list[dict[str, Any]] = []
errors: list[str] = []
conflicts = [0]
names = iter(ASKED["people"])


class Person(FastHttpUser):
    """One of the people: reads, thinks, writes."""

    host = ASKED["address"]
    wait_time = constant(0.5)
    network_timeout = 60.0
    connection_timeout = 60.0

    def on_start(self) -> None:
        self.name, secret = next(names)
        self.dice = random.Random(self.name)
        self.count = 0
        self.cookie = {"Cookie": f"bartizan={secret}"}

    def look(self, path: str, name: str) -> str:
        """Read a page."""
        with self.client.get(path, name=name, headers=self.cookie, catch_response=True) as answer:
            if answer.status_code != 200:
                errors.append(f"{path}: {answer.status_code} {str(answer.error)[:200]}")
                answer.failure(str(answer.status_code))
            return str(answer.text or "")

    def send(self, page: str, path: str, name: str, fields: dict[str, str]) -> bool:
        """Send a form of a page that was read. Whether it was acknowledged; that somebody was quicker is no error."""
        token = re.search(r'name="csrf" value="([^"]+)"', page)
        data = {"csrf": html.unescape(token[1]) if token else "", **fields}
        headers = {**self.cookie, "Sec-Fetch-Site": "same-origin"}
        with self.client.post(
            path, data, name=name, headers=headers, allow_redirects=False, catch_response=True
        ) as answer:
            if answer.status_code == 303:
                answer.success()
                return True
            if answer.status_code == 409:
                conflicts[0] += 1
                answer.success()
            else:
                errors.append(f"{path}: {answer.status_code} {str(answer.error)[:200]}")
                answer.failure(str(answer.status_code))
            return False

    def some_risk(self) -> tuple[str, int]:
        """Half of the time a risk that everybody wants."""
        if self.dice.random() < 0.5:
            return f"system-{self.dice.randrange(HOT):05}", 1
        return f"system-{self.dice.randrange(ASKED['systems']):05}", self.dice.randint(1, 5)

    def text(self) -> str:
        self.count += 1
        return f"{self.name} no. {self.count}"

    def kept(self, kind: str, where: tuple[str, int], text: str, revision: str = "") -> None:
        said = {"kind": kind, "system": where[0], "risk": where[1], "text": text, "revision": revision}
        wrote.append({**said, "who": self.name})

    @task(4)
    def portfolio(self) -> None:
        asked = self.dice.choice(["", "?q=lisbon", "?sort=name&page=2", "?worst=4"])
        self.look(f"/portfolio{asked}", "portfolio")

    @task(4)
    def system(self) -> None:
        self.look(f"/systems/{self.some_risk()[0]}", "system")

    @task(4)
    def search(self) -> None:
        self.look(f"/risks?q={self.dice.choice(_WORDS)}", "risk search")

    @task(3)
    def comment(self) -> None:
        where, text = self.some_risk(), self.text()
        at = f"/systems/{where[0]}/risks/{where[1]}"
        page = self.look(at, "risk")
        if self.send(page, f"{at}/comments", "write a comment", {"comment": text}):
            self.kept("comment", where, text)

    @task(4)
    def owner(self) -> None:
        where, text = self.some_risk(), f"Owner {self.text()}"
        at = f"/systems/{where[0]}/risks/{where[1]}"
        page = self.look(at, "risk")
        form = page.partition(f'action="{at}/owner"')[2].partition("</form>")[0]
        found = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]* value="([^"]*)"', form))
        if "revision" not in found:
            errors.append(f"{at}: there is no form for the owner")
            return
        gevent.sleep(0.3)  # while they type, somebody else may be quicker
        fields = {"revision": found["revision"], "owner": text, "review_due": found.get("review_due", "")}
        if self.send(page, f"{at}/owner", "set an owner", fields):
            self.kept("owner", where, text, found["revision"])

    @task(2)
    def decide(self) -> None:
        where, text = self.some_risk(), self.text()
        at = f"/systems/{where[0]}/risks/{where[1]}"
        page = self.look(at, "risk")
        how = self.dice.choice([("mitigate", "due"), ("mitigate", "due"), ("accept", "until")])
        fields = {"treatment": how[0], "reason": text, "owner": "Anna Berg", how[1]: "2027-03-01"}
        if self.send(page, f"{at}/decide", "decide", fields):
            self.kept("decision", where, text)

    @task(2)
    def approve(self) -> None:
        where = f"system-{self.dice.randrange(HOT):05}", 1
        at = f"/systems/{where[0]}/risks/{where[1]}"
        page = self.look(at, "risk")
        found = re.search(rf'action="{at}/decisions/(\d+)/approve".*?name="revision" value="(\d+)"', page, re.DOTALL)
        if found is None:  # nothing waits, or they asked for it themselves
            return
        if self.send(page, f"{at}/decisions/{found[1]}/approve", "approve", {"revision": found[2]}):
            self.kept("approval", where, found[1])


def main() -> None:
    """Let everybody in at once, wait, and tell."""
    environment = Environment(user_classes=[Person], events=events)
    runner = environment.create_local_runner()
    runner.start(len(ASKED["people"]), spawn_rate=len(ASKED["people"]))
    gevent.sleep(ASKED["seconds"])
    environment.stop_timeout = 60  # what is under way is waited for
    runner.stop()
    runner.quit()
    pages = [
        {
            "name": entry.name,
            "count": entry.num_requests,
            "p50": entry.get_response_time_percentile(0.5),
            "p95": entry.get_response_time_percentile(0.95),
        }
        for entry in sorted(environment.stats.entries.values(), key=lambda e: (e.method, e.name))
    ]
    if not errors:  # what locust noticed and we did not
        errors.extend(f"{e.name}: {e.occurrences} times {e.error}"[:300] for e in environment.stats.errors.values())
    errors.extend(f"{exc['count']} times: {exc['msg']}" for exc in runner.exceptions.values())
    total = environment.stats.total.num_requests
    print(json.dumps({"requests": total, "pages": pages, "wrote": wrote, "errors": errors, "conflicts": conflicts[0]}))


if __name__ == "__main__":
    main()

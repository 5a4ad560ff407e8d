"""A forum on loopback that nobody here wrote: django-machina, with a made-up community.

Runs in an environment of its own (``make forum``), never in that of the tests::

    machina_forum.py FOLDER populate --threads 200     makes the forum and its posts
    machina_forum.py FOLDER reply --threads 5          adds a reply to some threads, and a thread
    machina_forum.py FOLDER serve                      serves it; the address is the first line
    machina_forum.py FOLDER truth                      what is in its database, as JSON

The words come from a seed, so that the same call makes the same forum.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

POSTS_A_PAGE = 15  # machina's default, TOPIC_POSTS_NUMBER_PER_PAGE
_BEGINNING = datetime(2018, 3, 1, 9, 30, tzinfo=UTC)
_NAMES = (
    "willow42", "old_oak", "Marlene", "runner-up", "teacup", "northwind", "Pip", "sandra.k",
    "bluejay", "GrandpaJo", "mossy", "Ines", "quietone", "larkspur", "Tom B", "hazel_n",
)  # fmt: skip
_PARTS = ("knee", "shoulder", "throat", "left ear", "stomach", "lower back", "jaw", "wrist")
_FEELINGS = ("aches", "clicks", "feels stiff", "tingles", "burns a little", "goes numb", "throbs")
_TIMES = ("after a walk", "every morning", "when it rains", "at night", "since Sunday", "on stairs")
_REMARKS = (
    "I would give it a week and see.",
    "Mine did the same, and a warm towel helped.",
    "Please ask your doctor, nobody here can look at it.",
    "Have you changed your shoes or your pillow of late?",
    "It went away by itself after a month.",
    "Drink more water, that is what I was told.",
    "The physiotherapist gave me three exercises; I still do them.",
    "No idea, but you are not alone with this.",
)


def configure(folder: Path) -> None:
    """Set Django up for the forum in a folder."""
    import django
    from django.conf import settings
    from machina import MACHINA_MAIN_STATIC_DIR, MACHINA_MAIN_TEMPLATE_DIR

    settings.configure(
        SECRET_KEY="made up for a test",
        ALLOWED_HOSTS=["127.0.0.1", "testserver"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        TIME_ZONE="UTC",
        LANGUAGE_CODE="en",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "forum.db")}
        },
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "django.contrib.messages", "django.contrib.staticfiles", "mptt", "haystack",
            "widget_tweaks", "machina", "machina.apps.forum", "machina.apps.forum_conversation",
            "machina.apps.forum_conversation.forum_attachments",
            "machina.apps.forum_conversation.forum_polls", "machina.apps.forum_feeds",
            "machina.apps.forum_moderation", "machina.apps.forum_search",
            "machina.apps.forum_tracking", "machina.apps.forum_member",
            "machina.apps.forum_permission",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "machina.apps.forum_permission.middleware.ForumPermissionMiddleware",
        ],
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [MACHINA_MAIN_TEMPLATE_DIR],
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "machina.core.context_processors.metadata",
            ]},
        }],
        CACHES={
            "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
            "machina_attachments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        },
        HAYSTACK_CONNECTIONS={
            "default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}
        },
        STATIC_URL="/static/",
        STATICFILES_DIRS=[MACHINA_MAIN_STATIC_DIR],
        MEDIA_ROOT=str(folder / "media"),
        MACHINA_DEFAULT_AUTHENTICATED_USER_FORUM_PERMISSIONS=["can_see_forum", "can_read_forum"],
        MACHINA_TOPIC_POSTS_NUMBER_PER_PAGE=POSTS_A_PAGE,
    )  # fmt: skip
    django.setup()


def __getattr__(name: str) -> Any:
    """The module's ``urlpatterns``, which Django may only be asked for once it is set up."""
    if name == "urlpatterns":
        from django.urls import include, path

        return [path("forum/", include("machina.urls"))]
    raise AttributeError(name)


def populate(threads: int, seed: int) -> None:
    """Make two boards, the members, and threads of one to forty posts."""
    from django.contrib.auth.models import User
    from machina.apps.forum.models import Forum
    from machina.apps.forum_permission.models import ForumPermission, UserForumPermission

    words = random.Random(seed)
    users = [User.objects.create_user(name.replace(" ", "_")) for name in _NAMES]
    section = Forum.objects.create(name="Health", type=Forum.FORUM_CAT)
    boards = [
        Forum.objects.create(name=name, type=Forum.FORUM_POST, parent=section)
        for name in ("Aches and pains", "Sleep and rest")
    ]
    for codename in ("can_see_forum", "can_read_forum"):
        permission, _ = ForumPermission.objects.get_or_create(codename=codename)
        for anonymous in (True, False):
            UserForumPermission.objects.create(
                permission=permission, anonymous_user=anonymous,
                authenticated_user=not anonymous, has_perm=True,
            )  # fmt: skip
    at = _BEGINNING
    for number in range(threads):
        at += timedelta(hours=words.randint(5, 60), minutes=words.randint(0, 59))
        posts = words.choice((1, 2, 2, 3, 4, 6, 9)) if number % 12 else words.randint(16, 40)
        _thread(words, boards[number % 2], users, number, posts, at)


def reply(threads: int, seed: int) -> list[int]:
    """Add a reply to the newest threads, and one thread. Return the ids of all of these."""
    from django.contrib.auth.models import User
    from machina.apps.forum.models import Forum
    from machina.apps.forum_conversation.models import Topic

    words = random.Random(seed + 1)
    users = list(User.objects.order_by("id"))
    at = datetime(2021, 6, 1, 12, 0, tzinfo=UTC)
    changed = []
    for topic in Topic.objects.order_by("-id")[:threads]:
        _post(words, topic, words.choice(users), f"Re: {topic.subject}", at)
        changed.append(topic.id)
    board = Forum.objects.filter(type=Forum.FORUM_POST).first()
    changed.append(_thread(words, board, users, Topic.objects.count(), 2, at))
    return changed


def _thread(
    words: random.Random, board: Any, users: list[Any], number: int, posts: int, at: datetime
) -> int:
    from machina.apps.forum_conversation.models import Topic

    subject = (
        f"My {words.choice(_PARTS)} {words.choice(_FEELINGS)} {words.choice(_TIMES)} ({number})"
    )
    asker = words.choice(users)
    topic = Topic.objects.create(
        forum=board, poster=asker, subject=subject, type=Topic.TOPIC_POST,
        status=Topic.TOPIC_UNLOCKED, approved=True,
    )  # fmt: skip
    _post(words, topic, asker, subject, at)
    for _ in range(posts - 1):
        at += timedelta(hours=words.randint(1, 30), minutes=words.randint(0, 59))
        _post(words, topic, words.choice(users), f"Re: {subject}", at)
    return int(topic.id)


def _post(words: random.Random, topic: Any, user: Any, subject: str, at: datetime) -> None:
    from machina.apps.forum_conversation.models import Post

    first = (
        f"For {words.randint(2, 60)} days my {words.choice(_PARTS)} {words.choice(_FEELINGS)} "
        f"{words.choice(_TIMES)}. {words.choice(_REMARKS)}"
    )
    paragraphs = [first, *words.sample(_REMARKS, words.choice((0, 1, 1, 2)))]
    if words.random() < 0.15:
        paragraphs.insert(1, "- keep it warm\n- do not lift\n- sleep enough")
    post = Post.objects.create(
        topic=topic, poster=user, subject=subject, content="\n\n".join(paragraphs), approved=True
    )
    Post.objects.filter(pk=post.pk).update(created=at, updated=at)


def truth() -> list[dict[str, Any]]:
    """Every thread of the database with its posts, in order."""
    from machina.apps.forum_conversation.models import Topic

    return [
        {
            "id": topic.id,
            "title": topic.subject,
            "posts": [
                {
                    "author": post.poster.username,
                    "day": post.created.date().isoformat(),
                    "text": post.content.raw,
                }
                for post in topic.posts.order_by("created", "id").select_related("poster")
            ],
        }
        for topic in Topic.objects.order_by("id")
    ]


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """A line a request, as the tests count them."""
        print(f"{self.command} {self.path}", file=sys.stderr, flush=True)


def serve() -> None:
    """Serve the forum on a free port of loopback until standard input is closed."""
    import threading

    from django.core.wsgi import get_wsgi_application

    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=_QuietHandler)
    print(f"http://127.0.0.1:{server.server_port}/forum/", flush=True)

    def wait_for_the_end() -> None:
        sys.stdin.read()
        server.shutdown()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    server.serve_forever()


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("command", choices=("populate", "reply", "serve", "truth"))
    parser.add_argument("--threads", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    configure(options.folder)
    if options.command == "populate":
        from django.core.management import call_command
        from django.db import transaction

        call_command("migrate", verbosity=0)
        with transaction.atomic():
            populate(options.threads, options.seed)
    elif options.command == "reply":
        print(json.dumps(reply(options.threads, options.seed)))
    elif options.command == "truth":
        print(json.dumps(truth(), ensure_ascii=False))
    else:
        serve()


if __name__ == "__main__":
    sys.modules.setdefault("machina_forum", sys.modules["__main__"])
    main()

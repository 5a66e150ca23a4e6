"""The auction site's front page: what is on sale, and the highest bid for it."""

import os
from wsgiref.simple_server import make_server

from sqlalchemy import create_engine, text

engine = create_engine(os.environ["DATABASE_URL"], pool_pre_ping=True)

ON_SALE = text(
    """
    SELECT a.title, max(b.amount) AS highest
    FROM artworks a JOIN bids b ON b.artwork_id = a.id
    WHERE a.status = 'listed'
    GROUP BY a.id, a.title
    ORDER BY highest DESC
    LIMIT 10
    """
)


def front_page() -> str:
    with engine.connect() as connection:
        rows = connection.execute(ON_SALE).all()
    return "".join(f"{row.highest:>10}  {row.title}\n" for row in rows)


def health() -> str:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return "ok\n"


PAGES = {"/": front_page, "/health": health}


def app(environ, start_response):
    page = PAGES.get(environ["PATH_INFO"])
    status, body = ("200 OK", page()) if page else ("404 Not Found", "not found\n")
    start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
    return [body.encode()]


if __name__ == "__main__":
    try:
        make_server("", 8000, app).serve_forever()
    except KeyboardInterrupt:
        pass

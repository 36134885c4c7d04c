"""`lookalike catalog import…`, `export`, `stats` and `dedupe`, as a shell sees them."""

from __future__ import annotations

import csv
import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from catalog.records import FeatureRow
from catalog.store import open_store
from cli.catalog import app
from lookalike.vision.weights import DEFAULT_MODEL, find_model
from tests.unit.catalog.making import picture, product, unit_features
from tests.unit.importers.picture_site import picture_site

SHOP = Path("../shared/data/shop")
TABLE = "sku,cost,name,product_type,image\n1,12.99,Tee,t-shirt,a.png\n2,-1,Tee,t-shirt,a.png\n"
MAPPED = ["--map", "price=cost", "--currency", "EUR"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "a.png").write_bytes(picture())
    (tmp_path / "shop.csv").write_text(TABLE)
    return tmp_path / "shop.csv"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def call(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--data", str(data)])


def counts(data: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(call(data, "stats", "--json").stdout)
    return found


def test_an_import_that_leaves_something_out_exits_with_3(table: Path, data: Path) -> None:
    done = call(data, "import", str(table), *MAPPED)
    assert done.exit_code == 3
    assert done.stdout.startswith(
        "2 rows: 1 products new or changed, 0 unchanged, 1 left out (sqlite:///"
    )
    assert "row 3 (2): cost '-1' is negative\n" in done.stderr
    assert (counts(data)["products"], counts(data)["without_image"]) == (1, 0)
    assert "1 product has no features of " in done.stderr
    assert f"; `lookalike catalog ingest --data {data}` gives them, also while" in done.stderr


def test_a_picture_folder_that_can_not_be_written_is_named(table: Path, data: Path) -> None:
    data.mkdir()
    (data / "images").write_text("in the way")
    done = call(data, "import", str(table), *MAPPED)
    assert done.exit_code == 1
    assert f"{data / 'images'}: no picture can be kept: " in done.stderr
    assert "a.png" not in done.stderr


def test_a_report_names_row_id_and_reason(table: Path, data: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    done = call(data, "import", str(table), *MAPPED, "--report", str(report))
    assert "negative" not in done.stderr
    with report.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["row", "id", "reason"],
            ["3", "2", "cost '-1' is negative"],
        ]


@pytest.mark.parametrize("link", [False, True])
def test_a_report_that_is_the_table_itself_is_refused(table: Path, data: Path, link: bool) -> None:
    report = table
    if link:
        report = table.with_name("report.csv")
        report.symlink_to(table)
    done = call(data, "import", str(table), *MAPPED, "--report", str(report))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"--report {report} would overwrite the table that is read\n"
    assert table.read_text() == TABLE


def test_an_import_of_all_rows_exits_with_0_and_changes_nothing_again(
    table: Path, data: Path
) -> None:
    table.write_text("\n".join(TABLE.splitlines()[:2]))
    assert call(data, "import", str(table), *MAPPED).exit_code == 0
    again = call(data, "import", str(table), *MAPPED)
    assert again.exit_code == 0
    assert again.stdout.startswith("1 rows: 0 products new or changed, 1 unchanged, 0 left out")
    assert counts(data)["catalog_version"] == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["absent.csv"], "absent.csv can't be read: No such file or directory"),
        (["shop.csv"], "has no column price; it has sku, cost, name, product_type, image; name"),
        (["shop.csv", "--map", "price=costs"], "has no column costs"),
        (["shop.csv", *MAPPED, "--attributes", "colour"], "has no column colour"),
        (["shop.csv", *MAPPED, "--report", "absent/r.csv"], "absent/r.csv: No such file"),
    ],
)
def test_what_can_t_run_exits_with_1_and_a_sentence(
    table: Path, data: Path, arguments: list[str], told: str
) -> None:
    placed = [a if "=" in a or not a.endswith(".csv") else str(table.parent / a) for a in arguments]
    done = call(data, "import", *placed)
    assert (done.exit_code, done.stdout) == (1, "")
    assert told in done.stderr.replace(f"{table.parent}/", "")


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--currency", "EUROPE", "is no ISO 4217 currency code"),
        ("--map", "cost", "is not NAME=COLUMN"),
        ("--map", "colour=c", "is not NAME=COLUMN"),
        ("--term", "Hosen=trousers and more", "is not WORD=CATEGORY"),
        ("--images", "absent", "does not exist"),
    ],
)
def test_an_option_that_makes_no_sense_is_a_usage_error(
    table: Path, data: Path, option: str, value: str, told: str
) -> None:
    done = call(data, "import", str(table), option, value)
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.replace("│", " ").split())


def test_a_shops_own_words_and_attributes_come_in(data: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id;title;category;price;farbe\n1;Hemd;Oberteile;1.299;blau\n")
    options = ["--term", "Oberteile=shirt", "--decimal", "comma", "--currency", "EUR"]
    done = call(data, "import", str(tmp_path / "a.csv"), *options, "--attributes", "farbe")
    assert done.exit_code == 0
    with open_store(f"sqlite:///{data / 'catalog.sqlite'}") as store:
        stored = store.get_product("1")
    assert stored is not None
    assert (stored.category, stored.price_minor) == ("shirt", 129900)
    assert stored.attributes == {"farbe": "blau"}


def test_pictures_by_address_are_fetched_if_asked(data: Path, tmp_path: Path) -> None:
    with picture_site() as site:
        rows = [f"{n},Hat,hat,$5,{site.url}/{name}" for n, name in enumerate(("a.png", "x"))]
        (tmp_path / "a.csv").write_text("\n".join(["id,title,category,price,img_url", *rows]))
        unasked = call(data, "import", str(tmp_path / "a.csv"))
        assert unasked.exit_code == 0
        assert "2 products have a picture by address only; --fetch gets them." in unasked.stderr
        refused = call(data, "import", str(tmp_path / "a.csv"), "--fetch")
        assert refused.exit_code == 3
        assert "leads to an address inside the own network" in refused.stderr
        assert not site.asked
        asked = call(data, "import", str(tmp_path / "a.csv"), "--fetch", "--allow-private")
    assert asked.exit_code == 3
    assert "its server answered 404; the product is in without one" in asked.stderr
    assert counts(data)["without_image"] == 1


def test_an_interrupted_import_says_so_and_goes_on(data: Path, tmp_path: Path) -> None:
    rows = "".join(f"{n},Hat,hat,$5\n" for n in range(8_000))
    (tmp_path / "long.csv").write_text("id,title,category,price\n" + rows)
    arguments = ["import", str(tmp_path / "long.csv"), "--data", str(data)]
    command = [sys.executable, "-c", _STOPPED_AFTER_A_BATCH, *arguments]
    stopped = subprocess.run(command, capture_output=True, text=True, check=False)
    assert stopped.returncode == 130
    assert "Stopped; the same command goes on from here." in stopped.stderr
    kept = counts(data)["products"]
    assert isinstance(kept, int)
    assert 1_000 <= kept < 8_000
    again = call(data, "import", str(tmp_path / "long.csv"))
    told = f"8,000 rows: {8_000 - kept:,} products new or changed, {kept:,} unchanged"
    assert again.stdout.startswith(told)


_STOPPED_AFTER_A_BATCH = """
import os, signal, sys, threading
from pathlib import Path
from catalog.store import open_store
from cli.catalog import app

url = "sqlite:///" + str(Path(sys.argv[-1]) / "catalog.sqlite")
open_store(url).close()

def interrupt():
    with open_store(url) as store:
        while store.version() == 0:
            pass
    os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Thread(target=interrupt, daemon=True).start()
app()
"""


def test_an_import_that_waits_for_a_silent_server_stops_at_once(data: Path, tmp_path: Path) -> None:
    with picture_site() as site:
        row = f"1,Hat,hat,$5,{site.url}/silent\n"
        (tmp_path / "a.csv").write_text("id,title,category,price,img_url\n" + row)
        arguments = ["import", str(tmp_path / "a.csv"), "--fetch", "--allow-private"]
        command = [sys.executable, "-c", _STOPPABLE, *arguments, "--data", str(data)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
            assert site.silence.wait(60)
            run.send_signal(signal.SIGINT)
            _, told = run.communicate()
    assert run.returncode == 130
    assert "Stopped; the same command goes on from here." in told
    assert site.asked["/silent"] == 1, "it was asked again after Ctrl-C"


_STOPPABLE = """
import signal
from cli.catalog import app

signal.signal(signal.SIGINT, signal.default_int_handler)
app()
"""


def test_an_export_comes_back_in(table: Path, data: Path, tmp_path: Path) -> None:
    call(data, "import", str(table), *MAPPED)
    file = tmp_path / "out.parquet"
    done = call(data, "export", str(file), "--category", "티셔츠")
    assert done.stdout == f"1 products in {file}; their pictures are in {data / 'images'}\n"
    other = tmp_path / "other"
    back = call(other, "import", str(file), "--images", str(data / "images"))
    assert back.exit_code == 0
    assert {**counts(other), "catalog_version": 0} == {**counts(data), "catalog_version": 0}
    assert call(data, "export", str(tmp_path / "out.xls")).exit_code == 1
    assert call(data, "export", str(file), "--category", "Umbrella").exit_code == 2


@pytest.mark.parametrize("command", [["export", "out.csv"], ["stats"], ["dedupe"]])
def test_reading_a_catalogue_that_is_not_there_makes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out.csv").write_text("the last export")
    done = call(tmp_path / "mistyped", *command)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "can't be opened" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert (tmp_path / "out.csv").read_text() == "the last export"


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("catalog.sqlite", "The store failed: no such table: products"),
        ("fetched.sqlite", "A database of the data folder failed: file is not a database"),
    ],
)
def test_a_database_that_breaks_is_told_in_one_line(
    table: Path, data: Path, broken: str, told: str
) -> None:
    call(data, "import", str(table), *MAPPED)
    if broken == "catalog.sqlite":
        with closing(sqlite3.connect(data / broken)) as database:
            database.execute("ALTER TABLE products RENAME TO elsewhere")
    else:
        (data / broken).write_text("not a database " * 100)
    done = call(data, "import", str(table), *MAPPED, "--fetch")
    assert (done.exit_code, done.stdout) == (1, "")
    assert told in done.stderr.splitlines()


def test_an_encoding_that_is_none_of_text_is_told_in_one_line(table: Path, data: Path) -> None:
    done = call(data, "import", str(table), *MAPPED, "--encoding", "hex")
    assert (done.exit_code, done.stderr) == (1, f"{table} can't be read as hex\n")


def test_stats_tell_prices_by_category(table: Path, data: Path) -> None:
    call(data, "import", str(table), *MAPPED)
    assert counts(data)["prices"] == [
        {
            "category": "t-shirt",
            "currency": "EUR",
            "products": 1,
            "min": 12.99,
            "median": 12.99,
            "max": 12.99,
        }
    ]
    assert "12.99" in call(data, "stats").stdout


def test_dedupe_groups_and_deletes_nothing(data: Path) -> None:
    assert call(data, "dedupe").exit_code == 1
    version = find_model(DEFAULT_MODEL).manifest.version
    with open_store(f"sqlite:///{data / 'catalog.sqlite'}") as store:
        items = [product("a", title="\x1b]0;mine\x1b[2Jtee"), product("b", price_minor=2_050)]
        items.append(product("c"))
        store.put_products(items)
        seeds = {"a": 1, "b": 1, "c": 2}
        rows = (FeatureRow(p.id, p.image_key or "", unit_features(seeds[p.id])) for p in items)
        store.put_features(version, rows)
    before = counts(data)
    group = json.loads(call(data, "dedupe", "--json").stdout)
    assert [(e["id"], e["price"], e["similarity"]) for e in group["listings"]] == [
        ("a", 19.99, 1.0),
        ("b", 20.5, 1.0),
    ]
    shown = call(data, "dedupe").stdout
    assert "2 listings in 1 groups" in shown
    assert "\x1b" not in shown
    assert call(data, "dedupe", "--price-within", "1", "--json").stdout == ""
    assert counts(data) == before


@pytest.mark.skipif(not SHOP.is_dir(), reason="the shared data is not here")
def test_a_real_shop_comes_in_whole(data: Path) -> None:
    done = call(data, "import", str(SHOP / "products.csv"), "--attributes", "gender,colour")
    assert done.exit_code == 0
    assert done.stdout.startswith("417 rows: 417 products new or changed")
    assert counts(data)["without_image"] == 0

"""Writes the sample mails of onboarding/samples/mail/, the same bytes each time. Needs openpyxl and xlwt.

Run by hand when a sample must change: python onboarding/samples/make_samples.py
"""

import csv
import io
import zipfile
from datetime import date, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from pathlib import Path
from random import Random

import openpyxl
import xlwt

FOLDER = Path(__file__).resolve().parent / "mail"
PIPELINE = "Client Data <pipeline@etl.example>"
CSV_TYPE = ("text", "csv")
XLSX_TYPE = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
XLS_TYPE = ("application", "vnd.ms-excel")
_FIXED = datetime(2026, 11, 20, 9, 0)

_CUSTOMERS = [
    ("Blåbær Kaffe AS", "00601"), ("Müller & Söhne GmbH", "04109"), ("Northwind Traders", "02110"),
    ("Café Zürich", "08001"), ("Harbor Supply Co.", "07030"), ("O'Neill Outfitters", "60601"),
    ("Sunrise Foods, Inc.", "90012"), ("Pequeño Mundo", "00926"),
]  # fmt: skip
_PRODUCTS = [("Desk lamp", "24.90"), ("Office chair", "189.00"), ("Paper A4, 500 sheets", "4.35"),
             ("Whiteboard 90 x 60", "59.95"), ('Monitor 27"', "219.50"), ("USB cable 2 m", "7.80")]  # fmt: skip
_NOTES = ["", "", "", "leave at reception", "call first, then deliver", 'marked "fragile"', "grüne Tür, 2. Stock"]


def orders_csv() -> bytes:
    """200 orders; one has the unit price `twelve`, one has a line break in its note."""
    random = Random(20261120)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(["order_id", "order_date", "customer", "product", "quantity", "unit_price", "postcode", "note"])
    for number in range(1, 201):
        customer, postcode = random.choice(_CUSTOMERS)
        product, price = random.choice(_PRODUCTS)
        day = date(2026, 11, 20) - timedelta(days=random.randrange(5))
        note = "two boxes,\nsecond one is small" if number == 42 else random.choice(_NOTES)
        price = "twelve" if number == 137 else price
        rows.writerow([f"A-{number:05}", day.isoformat(), customer, product, random.randint(1, 24), price, postcode, note])
    return text.getvalue().encode("utf-8")


def positions_xlsx() -> bytes:
    """120 positions: text ids with leading zeros, real dates, numbers and booleans."""
    random = Random(20261121)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Positions"
    sheet.append(["position_id", "account", "symbol", "trade_date", "quantity", "price", "is_short", "custodian"])
    for number in range(1, 121):
        short = random.random() < 0.15
        quantity = random.randrange(10, 5000, 10) * (-1 if short else 1)
        trade_date = datetime(2026, 11, 19) - timedelta(days=random.randrange(30))
        symbol = random.choice(["AAXN", "BRCH", "CDRX", "DELT", "ELMA", "FIRR"])
        price = round(random.uniform(8, 420), 4)
        sheet.append([f"{number:06}", f"00{random.randint(10, 99)}-7", symbol, trade_date, quantity, price, short, "Birch Trust"])
        sheet.cell(sheet.max_row, 4).number_format = "yyyy-mm-dd"
    book.properties.creator = "Birch Trust"
    book.properties.created = book.properties.modified = _FIXED
    data = io.BytesIO()
    book.save(data)
    return _same_zip(data.getvalue())


def invoices_xls() -> bytes:
    """80 invoices in the old binary format, with dates and decimals."""
    random = Random(20261122)
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Invoices")
    day, money = xlwt.easyxf(num_format_str="YYYY-MM-DD"), xlwt.easyxf(num_format_str="#,##0.00")
    for column, name in enumerate(["invoice_no", "invoice_date", "due_date", "customer", "net", "tax", "paid"]):
        sheet.write(0, column, name)
    for row in range(1, 81):
        issued = date(2026, 11, 20) - timedelta(days=random.randrange(60))
        net = random.randrange(5_000, 900_000) / 100
        sheet.write(row, 0, f"C{2026_0000 + row}")
        sheet.write(row, 1, issued, day)
        sheet.write(row, 2, issued + timedelta(days=30), day)
        sheet.write(row, 3, random.choice(_CUSTOMERS)[0])
        sheet.write(row, 4, net, money)
        sheet.write(row, 5, round(net * 0.19, 2), money)
        sheet.write(row, 6, "yes" if random.random() < 0.6 else "no")
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _same_zip(data: bytes) -> bytes:
    """The same workbook without the moment of its making, which openpyxl writes into the archive and its properties."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _fixed_modified(content)
            new.writestr(zipfile.ZipInfo(name, (2026, 11, 20, 9, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _fixed_modified(core: bytes) -> bytes:
    start, end = core.index(b"<dcterms:modified"), core.index(b"</dcterms:modified>")
    value = core.index(b">", start) + 1
    return core[:value] + f"{_FIXED:%Y-%m-%dT%H:%M:%SZ}".encode() + core[end:]


def letter(sender: str, subject: str, sent: str, text: str) -> EmailMessage:
    """A mail without its attachments. `sent` is the time of day in New York."""
    mail = EmailMessage(policy=policy.SMTP)
    name = sender.rpartition("<")[2].rstrip(">")
    received = f"from mail.{name.partition('@')[2]} by mx.etl.example with ESMTPS for <pipeline@etl.example>"
    mail["Received"] = f"{received}; Fri, 20 Nov 2026 {sent}:07 -0500"
    mail["From"] = sender
    mail["To"] = PIPELINE
    mail["Subject"] = subject
    mail["Date"] = f"Fri, 20 Nov 2026 {sent}:00 -0500"
    mail["Message-ID"] = f"<20261120.{sent.replace(':', '')}.{name}>"
    mail.set_content(text)
    return mail


def attach(mail: EmailMessage, name: str, kind: tuple[str, str], content: bytes) -> EmailMessage:
    """The mail with a file in it, always split at the same boundary."""
    mail.add_attachment(content, maintype=kind[0], subtype=kind[1], filename=name)
    return mail


def with_fixed_boundaries(mail: EmailMessage, name: str) -> bytes:
    """The bytes of the mail; the email package would choose other boundaries each time."""
    multiparts = [part for part in mail.walk() if part.get_content_maintype() == "multipart"]
    for number, part in enumerate(multiparts, start=1):
        part.set_boundary(f"=_{name}_{number}")
    return mail.as_bytes()


def acme() -> EmailMessage:
    mail = letter("Acme Orders <orders@acme.example>", "Acme orders for 20 Nov 2026", "09:02",
                  "Good morning,\n\nattached are the orders up to today.\n\nAcme Orders\n")  # fmt: skip
    return attach(mail, "acme_orders.csv", CSV_TYPE, orders_csv())


def birch() -> EmailMessage:
    mail = letter("Birch Trust Reporting <reports@birchtrust.example>", "Birch positions 2026-11-20", "09:30",
                  "Positions as of close of business.\n")  # fmt: skip
    mail.add_alternative("<p>Positions as of <b>close of business</b>.</p>\n", subtype="html")
    return attach(mail, "birch_positions.xlsx", XLSX_TYPE, positions_xlsx())


def cedar() -> EmailMessage:
    mail = letter("Cedar Billing <billing@cedar.example>", "Open invoices, Cedar & Co.", "10:15",
                  "Please find our invoice list attached.\n")  # fmt: skip
    return attach(mail, "cedar_invoices.xls", XLS_TYPE, invoices_xls())


def newsletter() -> EmailMessage:
    mail = letter("The Data Digest <news@digest.example>", "Ten spreadsheet tricks you did not know", "11:00",
                  "Number four will surprise you.\n")  # fmt: skip
    mail.add_alternative("<p>Number four will <i>surprise</i> you.</p>\n", subtype="html")
    return mail


def acme_forwarded() -> EmailMessage:
    """Acme sends the same file again inside a forwarded mail."""
    mail = letter("Acme Orders <orders@acme.example>", "Fwd: Acme orders for 20 Nov 2026", "14:45",
                  "Did you get this one? Here it is again.\n")  # fmt: skip
    mail.make_mixed()
    mail.attach(MIMEMessage(acme(), policy=policy.SMTP))
    return mail


SAMPLES = {
    "01_acme_orders": acme,
    "02_birch_positions": birch,
    "03_cedar_invoices": cedar,
    "04_newsletter": newsletter,
    "05_acme_orders_forwarded": acme_forwarded,
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, make in SAMPLES.items():
        (FOLDER / f"{name}.eml").write_bytes(with_fixed_boundaries(make(), name))


if __name__ == "__main__":
    main()

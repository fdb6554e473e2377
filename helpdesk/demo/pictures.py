"""The photos that customers of the demo send, drawn here: the product carries no pictures of its own."""

import struct
import zlib
from collections.abc import Callable, Iterable
from functools import cache
from itertools import pairwise
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile

from common.uploads import check_upload
from tickets.models import Attachment
from tickets.services import new_attachments

Colour = tuple[int, int, int]
WIDTH, HEIGHT = 480, 360
# Drawn twice as large, so that edges are smooth when it is made small.
SCALE = 2
# The segments of each sign of a display that are lit: top, the upper two, middle, the lower two, bottom.
SIGNS = {"E": "1101101", "2": "1011101"}
WALL, TABLE = (226, 222, 214), (168, 132, 98)
WHITE, GREY, DARK, SOOT = (244, 244, 242), (186, 190, 194), (58, 62, 68), (38, 30, 26)


class Canvas:
    """Rows of pixels, painted by whole stretches."""

    def __init__(self) -> None:
        self.width, self.height = WIDTH * SCALE, HEIGHT * SCALE
        self.rows = [bytearray(bytes(WALL) * self.width) for _row in range(self.height)]
        self.box(0, 250, WIDTH, HEIGHT, TABLE)

    def stretch(self, y: int, left: float, right: float, colour: Colour) -> None:
        """Paint a part of one row."""
        first, last = max(0, int(left)), min(self.width, int(right))
        if 0 <= y < self.height and first < last:
            self.rows[y][3 * first : 3 * last] = bytes(colour) * (last - first)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Paint a rectangle."""
        for y in range(int(top * SCALE), int(bottom * SCALE)):
            self.stretch(y, left * SCALE, right * SCALE, colour)

    def disc(self, x: float, y: float, across: float, down: float, colour: Colour) -> None:
        """Paint an ellipse around a point."""
        for row in range(int((y - down) * SCALE), int((y + down) * SCALE)):
            share = 1 - ((row / SCALE - y) / down) ** 2
            half = across * max(share, 0.0) ** 0.5
            self.stretch(row, (x - half) * SCALE, (x + half) * SCALE, colour)

    def line(self, points: Iterable[tuple[float, float]], colour: Colour, width: float = 2) -> None:
        """Paint a line through some points."""
        path = list(points)
        for (x, y), (to_x, to_y) in pairwise(path):
            steps = int(max(abs(to_x - x), abs(to_y - y))) or 1
            for step in range(steps + 1):
                at = step / steps
                self.disc(x + (to_x - x) * at, y + (to_y - y) * at, width, width, colour)

    def png(self) -> bytes:
        """The picture in its final size."""
        lines = []
        for y in range(0, self.height, SCALE):
            upper, lower = self.rows[y], self.rows[y + 1]
            line = bytearray(1 + 3 * WIDTH)
            for part in range(3):
                four = zip(
                    upper[part::6], upper[part + 3 :: 6], lower[part::6], lower[part + 3 :: 6], strict=True
                )
                line[1 + part :: 3] = bytes(sum(values) // 4 for values in four)
            lines.append(bytes(line))
        head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
        parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(lines), 9)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def leak(canvas: Canvas) -> None:
    """A kettle in its puddle."""
    canvas.disc(250, 300, 150, 26, (150, 178, 196))
    canvas.disc(236, 297, 96, 14, (184, 206, 220))
    canvas.line([(330, 130), (372, 150), (368, 220), (326, 240)], DARK, 7)
    canvas.line([(176, 150), (140, 128)], GREY, 9)
    canvas.box(176, 110, 328, 270, WHITE)
    canvas.disc(252, 110, 76, 16, GREY)
    canvas.disc(252, 96, 10, 8, DARK)
    canvas.box(170, 268, 334, 288, DARK)
    canvas.line([(300, 240), (304, 288)], (150, 178, 196), 3)


def burn(canvas: Canvas) -> None:
    """A socket and a plug with scorch marks."""
    canvas.box(150, 60, 330, 240, WHITE)
    for size, colour in ((62, (206, 186, 160)), (46, (140, 104, 76)), (30, SOOT)):
        canvas.disc(262, 160, size, size * 0.9, colour)
    canvas.disc(205, 120, 9, 9, DARK)
    canvas.disc(262, 120, 9, 9, DARK)
    canvas.line([(240, 330), (190, 310), (110, 322), (0, 300)], DARK, 6)
    canvas.box(238, 300, 320, 350, GREY)
    canvas.disc(310, 312, 26, 18, (96, 70, 54))
    for y in (312, 332):
        canvas.box(320, y, 356, y + 8, (150, 130, 96) if y == 332 else SOOT)


def display(canvas: Canvas) -> None:
    """An appliance that shows E2."""
    canvas.box(120, 60, 360, 300, DARK)
    canvas.disc(240, 62, 120, 22, (78, 82, 88))
    canvas.box(170, 110, 310, 200, (16, 18, 20))
    for place, sign in enumerate("E2"):
        _sign(canvas, 196 + place * 50, 124, sign)
    canvas.box(180, 232, 300, 276, (40, 44, 48))
    canvas.disc(240, 254, 14, 14, GREY)


def _sign(canvas: Canvas, x: int, y: int, sign: str) -> None:
    spots = (
        (4, 0, 28, 5), (0, 4, 5, 28), (27, 4, 32, 28), (4, 28, 28, 33), (0, 33, 5, 57), (27, 33, 32, 57),
        (4, 56, 28, 61),
    )  # fmt: skip
    for (left, top, right, bottom), is_lit in zip(spots, SIGNS[sign], strict=True):
        if is_lit == "1":
            canvas.box(x + left, y + top, x + right, y + bottom, (255, 84, 60))


def crack(canvas: Canvas) -> None:
    """A glass panel with a crack."""
    canvas.box(90, 50, 390, 310, (30, 36, 44))
    canvas.box(104, 64, 376, 296, (62, 78, 96))
    shine = (222, 230, 238)
    heart, rng = (262.0, 170.0), Random(8)
    for goal in ((104, 90), (150, 296), (250, 64), (376, 110), (376, 250), (300, 296), (104, 200)):
        middle = [
            (
                heart[0] + (goal[0] - heart[0]) * share + rng.uniform(-12, 12),
                heart[1] + (goal[1] - heart[1]) * share + rng.uniform(-12, 12),
            )
            for share in (0.3, 0.6)
        ]
        canvas.line([heart, *middle, goal], shine, 0.9)
    canvas.disc(*heart, 7, 7, shine)


def parcel(canvas: Canvas) -> None:
    """A box with a dent in its corner."""
    canvas.box(100, 110, 380, 310, (196, 152, 100))
    canvas.box(100, 110, 380, 130, (178, 134, 84))
    canvas.box(224, 110, 256, 310, (222, 200, 160))
    canvas.box(284, 196, 360, 252, WHITE)
    for number, width in enumerate((3, 1, 2, 4, 1, 3, 2, 1, 4, 2)):
        canvas.box(292 + number * 6.4, 204, 292 + number * 6.4 + width, 234, DARK)
    canvas.disc(112, 128, 58, 46, WALL)
    canvas.line([(100, 180), (140, 168), (168, 140), (176, 110)], (120, 84, 48), 3)
    canvas.line([(140, 168), (176, 200)], (150, 110, 68), 2)


# What a photo shows, by problem.
SCENES: dict[str, Callable[[Canvas], None]] = {
    "kettle-leak": leak, "humidifier-leak": leak, "kettle-burning-smell": burn, "fryer-plug-hot": burn,
    "fryer-error": display, "scale-jumps": display, "coffee-pressure": display, "jar-cracked": crack,
    "panel-broken-on-arrival": crack, "wrong-item": parcel, "missing-part": parcel, "delivered-not-received": parcel,
}  # fmt: skip


@cache
def _drawn(scene: Callable[[Canvas], None]) -> bytes:
    canvas = Canvas()
    scene(canvas)
    return canvas.png()


def photos(problem: str, serial: str, field_key: str, *, always: bool = False) -> list[Attachment]:
    """The photo that goes with a request about the problem: always, or for two in three by the serial number."""
    rng, scene = Random(f"{problem} {serial}"), SCENES.get(problem)
    if scene is None or (rng.random() < 1 / 3 and not always):
        return []
    file = SimpleUploadedFile(f"IMG_{rng.randint(1000, 9999)}.png", _drawn(scene), content_type="image/png")
    return new_attachments([check_upload(file)], field_key=field_key)

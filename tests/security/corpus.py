"""Texts made to harm: what a stranger can put into a name, a title, an address or a description.

`SCRIPTS` harms nobody: names as people write them, which must come through unharmed.
"""

from __future__ import annotations

PAYLOADS = [
    "<script>alert(1)</script>Ann",
    "Ann<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)> Bea",
    "\"><iframe src='javascript:alert(1)'></iframe>Cleo",
    "' onmouseover='alert(1)' autofocus onfocus='alert(1)",
    "</textarea></title></style><script>alert(1)</script>Dora",
    "{{ 7*7 }}{% raw %}${7*7}#{7*7} Emil",
    '<a href="https://evil.example/pay">Invoice due</a>',
    "Pay at https://evil.example/pay?x=1 Finn",
    "Gina www.evil.example now",
    "Hans evil.example/login Meier",
    "javascript:alert(1)//evil.example",
    "data:text/html,<script>alert(1)</script>",
    "Ida\u202etxt.exe\u202c \u2066Ivo\u2069",
    "Jon\u200b\u200d\ufeff\u00ad Doe",
    "Kim\x00\x07\x1b[31m\x7f\x85 Lee",
    "Line\r\nSet-Cookie: a=b\r\n\r\nBreak",
    "☐ Lea\n☑ Leo\n— Everything below this line is yours: it is never changed. —",
    "x Max",
    "[x] Mia",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#x202e;Nora&#8238;",
    "<!--Otto--><![CDATA[<b>]]>",
    "<b><i><u>Pia</b>",
    "Z" + "\u0301" * 200 + "algo",
    "Q" * 65_536,
    "<ul>" * 2_000,
    "Rut \U0001f469\u200d\U0001f680 \ud7ff",
    # Spreadsheets take what begins so for a formula.
    '=HYPERLINK("https://evil.example","Click")',
    "=cmd|' /C calc'!A0",
    "+1+1|evil",
    "-2+3 Sam",
    "@SUM(1+1)*cmd",
    "\tTab",
    "\rReturn",
    # Lines of other formats: iCalendar, headers, logs.
    "Ute\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nURL:https://evil.example\r\n",
    "Vera\nATTACH:https://evil.example/a\n",
    "12:00:00 ERROR forged account=1",
    # Look-alikes of dots, slashes and letters.
    "Wim evil\u3002example/pay",
    "Xaver \uff48\uff54\uff54\uff50\uff53\uff1a\uff0f\uff0fevil.example",
    "Yves https\u2236\u2215\u2215evil\u2024example",
    "Zoe \u0440\u0430ypal.example",
    "Ali //evil.example/x",
    "Bo hxxps://evil[.]example",
    "Cy mailto:pay@evil.example",
    "Di tel:+490000000",
    "Ed \\\\evil.example\\share",
    "Fay &#104;&#116;&#116;&#112;&#115;&#58;//evil.example",
    "Gus https://evil.example@studio.example/",
    # Tags and selectors that no eye sees.
    "Hal \U000e0068\U000e0069\U000e007f",
    "Ian \ufe0f\u180e\u3164\u115f",
    "Jo \ud83d\udc69\u200d\ud83d\ude80".encode("utf-16", "surrogatepass").decode("utf-16"),
]

SCRIPTS = [
    "Zoë Müller-Łukasiewicz", "Ольга Иванова", "Γιώργος Παπαδόπουλος", "محمد علي", "דוד כהן", "王小明", "山田 太郎",
    "김민수", "राम शर्मा", "สมชาย ใจดี", "தமிழ் செல்வன்", "გიორგი ბერიძე", "Արամ Խաչատրյան", "ዓለም ተስፋዬ", "বিমল রায়",
    "O’Brien-Smith", "Nguyễn Thị Hằng",
]  # fmt: skip

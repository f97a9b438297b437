"""The page of a download link, as people meet it: opened in Chromium in both languages, by day and by night, on a telephone's width and on
a desk's.

    page.py FOLDER_OF_PROGRAMS FOLDER_OF_PICTURES
"""

import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

FAILURES = []
TITLE, GREETING, WISH = "福来公司 & Co <b>", "新春纳福", "愿你今年每一天都有好消息"
WORDS = {
    "zh-CN": ["送你一个红包", "用 Hongbao 打开", "下载红包文件", "怎么拆", "领取截止"],
    "en": ["A red packet for you", "Open in Hongbao", "Download the packet", "How to open it", "Can be collected until"],
}
NOTHING = {"zh-CN": "这里没有红包", "en": "There is no red packet here"}
WIDTHS = {"telephone": 390, "desk": 1200}


def check(what, good, seen=""):
    if not good:
        FAILURES.append(what)
    print(f"{'ok  ' if good else 'FAIL'} {what} {'' if good else seen}".rstrip(), flush=True)


@contextlib.contextmanager
def server(programs, folder, role):
    folder.mkdir()
    serve = [programs / "hongbao-server", "serve", "--role", role, "--data", folder, "--listen", "127.0.0.1:0", "--json"]
    process = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait(30)


def runner(program, *ends, **environment):
    def run(*words):
        command = [program, *map(str, words), *map(str, ends), "--json"]
        ended = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
        if ended.returncode:
            sys.exit(f"{words}: {ended.stderr}")
        return json.loads(ended.stdout)

    return run


def wallet(programs, folder):
    passphrase = folder.with_suffix(".passphrase")
    passphrase.write_text("a long passphrase\n", "utf-8")
    return runner(programs / "hongbao", "--wallet", folder, HONGBAO_PASSPHRASE_FILE=str(passphrase))


def get(url, **headers):
    """Status, headers and body, whatever they are."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


class Browser:
    def __init__(self, folder):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (
            "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
            "disable-component-update", "disable-sync", "hide-scrollbars", f"user-data-dir={folder / 'profile'}",
        ):
            options.add_argument(f"--{flag}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        options.add_experimental_option("prefs", {"download.default_directory": str(folder / "downloads")})
        service = webdriver.ChromeService("/usr/bin/chromedriver")
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_page_load_timeout(30)

    def look(self, language, dark, width, scripts):
        """From now on as somebody with this language, theme, screen, and with scripts or without."""
        agent = self.driver.execute_cdp_cmd("Browser.getVersion", {})["userAgent"]
        self.driver.execute_cdp_cmd("Network.setUserAgentOverride", {"userAgent": agent, "acceptLanguage": language})
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripts})

    def open(self, url):
        self.driver.get_log("performance")
        self.driver.get_log("browser")
        self.driver.get(url)

    def asked(self):
        """What was asked over the network since the page was opened."""
        events = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        requests = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
        return [url for url in requests if not url.startswith("data:")]

    def complaints(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def picture(self, path):
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        import base64

        path.write_bytes(base64.b64decode(shot["data"]))
        return Image.open(path).convert("RGB")


def contrast(one, other):
    def light(colour):
        linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
        return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear))

    bright, dim = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


# How each text stands out from what is behind it, as the styles say: text and ground, for what has no picture behind it.
TEXTS = """
const grounds = element => {
  for (; element; element = element.parentElement) {
    const style = getComputedStyle(element);
    if (style.backgroundImage !== 'none') return style.backgroundImage.match(/rgb[^)]*\\)/g);
    if (!/, 0\\)$|transparent/.test(style.backgroundColor)) return [style.backgroundColor];
  }
  return [];
};
return [...document.querySelectorAll('header *, .side *')]
  .filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
  .map(element => [element.textContent.trim(), getComputedStyle(element).color, grounds(element)]);
"""


def numbers(colour):
    return [float(part) for part in colour.split("(")[1].rstrip(")").split(",")[:3]]


def look_at(browser, link, language, dark, width_name, pictures):
    width = WIDTHS[width_name]
    name = f"{language}, {'dark' if dark else 'light'}, {width_name}"
    browser.look(language, dark, width, scripts=False)
    browser.open(link)
    asked, text = browser.asked(), browser.text()
    check(f"{name}: only its own address is asked", asked == [link], asked)
    for words in [*WORDS[language], TITLE, urlsplit(link).hostname]:
        check(f"{name}: says {words}", words in text, text)
    check(f"{name}: the greeting is printed on the envelope", GREETING in text and WISH in text, text)
    other = next(other for other in WORDS if other != language)
    check(f"{name}: nothing in the other language", not any(words in text for words in WORDS[other]), text)
    picture = browser.picture(pictures / f"{language}-{'dark' if dark else 'light'}-{width_name}.png")
    check(f"{name}: nothing sticks out at the side", picture.width == width, picture.size)
    check(f"{name}: the page is {'dark' if dark else 'light'}", (sum(picture.getpixel((2, 2))) < 200) == dark, picture.getpixel((2, 2)))
    reds = sum(1 for red, green, blue in picture.resize((120, 120)).get_flattened_data() if red > 120 and green < 60 and blue < 70)
    check(f"{name}: there is a red envelope", reds > 500, reds)
    check(f"{name}: no complaint of the browser", not browser.complaints(), browser.complaints())


def look_closer(browser, link):
    """What the tree of elements says; asked by a script of the test's own, for the page has none."""
    driver = browser.driver
    for dark in (False, True):
        browser.look("en", dark, 1200, scripts=True)
        browser.open(link)
        for text, ink, grounds in driver.execute_script(TEXTS):
            worst = min(contrast(numbers(ink), numbers(ground)) for ground in grounds)
            check(f"{'dark' if dark else 'light'}: “{text[:30]}” stands out", worst >= 4.5, f"{worst:.2f}")
    check("no script on the page", not driver.find_elements(By.TAG_NAME, "script"))
    check("no form, no frame", not driver.find_elements(By.CSS_SELECTOR, "form, iframe, object, embed"))
    handlers = "return [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length"
    check("no handler on any element", driver.execute_script(handlers) == 0)
    check("the company's name is text, not markup", not driver.find_elements(By.TAG_NAME, "b"))
    headings = [heading.text for heading in driver.find_elements(By.CSS_SELECTOR, "h1, h2")]
    check("one first heading, then the next level", headings == ["A red packet for you", "How to open it"], headings)
    sheet = driver.find_element(By.CSS_SELECTOR, "img.sheet").get_attribute("alt")
    check("the envelope's picture is described", TITLE in sheet and GREETING in sheet, sheet)
    check("every picture has a description, perhaps an empty one", all(
        picture.get_attribute("alt") is not None for picture in driver.find_elements(By.TAG_NAME, "img")
    ))
    loaded = "return [...document.images].every(image => image.complete && image.naturalWidth > 0)"
    check("every picture can be drawn", driver.execute_script(loaded))
    opens = driver.find_element(By.LINK_TEXT, "Open in Hongbao").get_dom_attribute("href")
    check("the program is asked to open this address", opens == f"hongbao:{link}", opens)
    # With the keyboard alone: two languages, then the two buttons.
    reached = []
    for _ in range(4):
        driver.switch_to.active_element.send_keys(Keys.TAB)
        reached.append(driver.switch_to.active_element.text)
    check("the keyboard reaches languages and buttons", reached == ["中文", "English", "Open in Hongbao", "Download the packet"], reached)
    driver.find_element(By.LINK_TEXT, "中文").click()
    check("the other language is one click away", WORDS["zh-CN"][0] in browser.text(), browser.text())
    check("and said so", driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == "zh-CN")
    # A script that somebody managed to put there would not run.
    blocked = "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); return window.ran === undefined"
    check("a script put there does not run", driver.execute_script(blocked))
    check("that is the policy's doing", any("Content Security Policy" in line for line in browser.complaints()))


def previewed(browser, link, pictures):
    browser.look("en", False, 1200, scripts=True)
    browser.open(link)
    tag = browser.driver.find_element(By.CSS_SELECTOR, 'meta[property="og:image"]').get_attribute("content")
    status, headers, body = get(tag)
    check("the preview's picture is there", (status, headers["content-type"]) == (200, "image/png"), status)
    (pictures / "preview.png").write_bytes(body)
    picture = Image.open(io.BytesIO(body))
    picture.load()
    check("it is as large as previews want it", picture.size == (1200, 630), picture.size)
    check("it says nothing besides its pixels", not picture.info or set(picture.info) <= {"gamma", "srgb"}, picture.info)


def downloaded(link, expected):
    status, headers, body = get(f"{link}?download", Accept="text/html")
    check("the download is the forwarded file, byte for byte", (status, body) == (200, expected), status)
    check("it is saved, not shown", headers["content-disposition"].startswith("attachment; filename="), headers["content-disposition"])
    check("programs get it without asking", get(link)[2] == expected)


def over(browser, link, pictures):
    """The packet ends while this waits; then the page says no more than of what never was."""
    never = link[:-22] + "A" * 22
    deadline = time.monotonic() + 60
    while get(link)[0] != 410 and time.monotonic() < deadline:
        time.sleep(0.5)
    for language in WORDS:
        browser.look(language, False, 390, scripts=False)
        pages = []
        for address in (link, never):
            browser.open(address)
            pages.append(browser.driver.page_source)
            check(f"{language}: {NOTHING[language]}", NOTHING[language] in browser.text(), browser.text())
            check(f"{language}: no company is named", TITLE not in browser.driver.page_source)
        check(f"{language}: over looks as never there", pages[0] == pages[1])
        browser.picture(pictures / f"{language}-over.png")
    check("over, for programs", get(link)[0] == 410 and b"urn:hongbao:problem:gone" in get(link)[2])
    check("never there, for programs", get(never)[0] == 404)


def main(programs, pictures):
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        folder = pathlib.Path(temporary)
        bank_url = stack.enter_context(server(programs, folder / "bank", "bank"))
        enterprise_url = stack.enter_context(server(programs, folder / "enterprise", "enterprise"))
        bank = runner(programs / "hongbao-server", "--data", folder / "bank")
        enterprise = runner(programs / "hongbao-server", "--data", folder / "enterprise")
        opened = bank("account", "open", "--holder", "Fulai", "--applicant", enterprise_url, "--deposit", "5000.00CNY")
        ming = wallet(programs, folder / "ming")
        ming("issuer", "add", enterprise_url)
        ming("bank", "add", bank_url)

        def forwarded(expires):
            campaign = enterprise(
                "campaign", "create", "--title", TITLE, "--greeting", f"{GREETING}\n{WISH}", "--count", 1, "--amount", "88.00CNY",
                "--shares", 2, "--expires", expires, "--bank", bank_url, "--account", opened["account"],
            )
            issued = enterprise("packet", "issue", "--campaign", campaign["id"], "--count", 1)["packets"][0]
            identity = ming("import", issued["link"])["id"]
            link = ming("forward", identity, "--https-link", "--note", "新年好")["link"]
            saved = folder / f"{issued['serial']}.hongbao"
            ming("forward", identity, "--save", saved, "--note", "新年好")
            return link, saved.read_bytes()

        link, file = forwarded("30d")
        browser = Browser(folder)
        stack.callback(browser.driver.quit)
        for language in WORDS:
            for dark in (False, True):
                for width in WIDTHS:
                    look_at(browser, link, language, dark, width, pictures)
        look_closer(browser, link)
        previewed(browser, link, pictures)
        downloaded(link, file)
        hao = wallet(programs, folder / "hao")
        hao("issuer", "add", enterprise_url)
        taken = hao("import", f"hongbao:{link}")
        check("what the button hands over can be taken in", taken["new"] and hao("show", taken["id"])["note"] == "新年好")
        over(browser, withdrawn(enterprise, bank_url, opened["account"], ming), pictures)
    if FAILURES:
        sys.exit(f"{len(FAILURES)} failed: {FAILURES}")


def withdrawn(enterprise, bank_url, account, ming):
    """A link whose packet was taken back."""
    campaign = enterprise(
        "campaign", "create", "--title", TITLE, "--greeting", GREETING, "--count", 1, "--amount", "8.00CNY", "--expires", "30d",
        "--revocable", "--bank", bank_url, "--account", account,
    )
    issued = enterprise("packet", "issue", "--campaign", campaign["id"], "--count", 1)["packets"][0]
    identity = ming("import", issued["link"])["id"]
    link = ming("forward", identity, "--https-link")["link"]
    check("it is there before", get(link)[0] == 200)
    enterprise("packet", "withdraw", "--campaign", campaign["id"], "--packet", identity, "--reason", "sent by mistake")
    return link


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))

#!/usr/bin/env python3
"""Opens a report in headless Chromium, picks designs and compares what is shown with the results.

Exit status 77 without python3-selenium, chromium and chromium-driver. Screenshots of a telephone's and a
desktop's width are left in the folder of the report.

    check_report.py FOLDER [PLOTTED]    PLOTTED: 'chart' where the report has to carry Chart.js
"""

import json
import os
import re
import shutil
import sys
import tempfile

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
except ImportError:
    print("skipped: python3-selenium is not installed")
    sys.exit(77)
browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
if not browser or not driver:
    print("skipped: chromium and chromium-driver are not installed")
    sys.exit(77)

folder = os.path.abspath(sys.argv[1])
with open(os.path.join(folder, "results.json")) as file:
    results = json.load(file)
with open(os.path.join(folder, "report.html"), encoding="utf-8") as file:
    page = file.read()

problems = []


def expect(holds, words):
    if not holds:
        problems.append(words)


loaded = [address for address in re.findall(r'(?:src|href)="([^"]*)"', page) if not address.startswith("data:")]
expect(not loaded, f"the page loads other files: {loaded[:3]}")

options = webdriver.ChromeOptions()
options.binary_location = browser
for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync",
                 "--hide-scrollbars", "--force-device-scale-factor=1"):
    options.add_argument(argument)
profile = tempfile.mkdtemp()
options.add_argument(f"--user-data-dir={profile}")
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
window = webdriver.Chrome(service=Service(driver), options=options)
try:
    def text(selector):
        return window.find_element(By.CSS_SELECTOR, selector).text

    def shown(design):
        key = window.find_element(By.ID, "design").get_attribute("data-shown")
        expect(key == design, f"design shown: {key}, expected {design}")
        kind, number = design.split("-")
        values = results[kind][int(number)]
        expect(text("#design-accuracy") == f"{100 * values['test_accuracy']:.2f} %",
               f"{design}: accuracy shown {text('#design-accuracy')}, in the results {values['test_accuracy']}")
        rows = window.find_elements(By.CSS_SELECTOR, "#design h3 + .scroll tbody tr")
        cells = [[cell.text for cell in row.find_elements(By.TAG_NAME, "td")] for row in rows]
        expect([cell[3] for cell in cells] == values["layers"], f"{design}: multipliers shown {cells}")
        expect([int(cell[2]) for cell in cells] == values["mapping"], f"{design}: tiles shown {cells}")
        expect([int(cell[4].replace(",", "")) for cell in cells] == results["network"]["macs"],
               f"{design}: multiplications shown {cells}")
        power = {each["name"]: each["power_mw"] for each in results["library"]}
        spent = [m * power[name] for m, name in zip(results["network"]["macs"], values["layers"])]
        for cell, each in zip(cells, spent):
            expect(abs(float(cell[5].rstrip("% ")) - 100 * each / max(sum(spent), 1e-300)) < 0.051,
                   f"{design}: energy shown {cell[5]}, expected {100 * each / sum(spent)}")
        if kind == "front":
            decibels = ["no noise" if each is None else f"{each:.1f}" for each in values["layer_snr_db"]]
            expect(all(cell[6] == d or abs(float(cell[6]) - float(d)) < 0.11 for cell, d in zip(cells, decibels)),
                   f"{design}: signal to noise shown {[cell[6] for cell in cells]}, expected {decibels}")

    def cheapest_within(points):
        within = [i for i, design in enumerate(results["front"]) if 100 * design["test_loss"] <= points + 1e-9]
        return min(within, key=lambda i: results["front"][i]["relative_energy"], default=0)

    def tables():
        for kind in ("front", "uniform"):
            rows = window.find_elements(By.CSS_SELECTOR, f"#{kind} tbody tr")
            expect(len(rows) == len(results[kind]), f"{kind}: {len(rows)} rows, {len(results[kind])} designs")
            for row in rows:
                design = results[kind][int(row.get_attribute("data-design").split("-")[1])]
                cells = [cell.text for cell in row.find_elements(By.TAG_NAME, "td")]
                expect(cells[0] == f"{100 * design['relative_energy']:.1f}", f"{kind}: energy shown {cells[0]}")
                expect(cells[1].startswith(f"{100 * design['test_accuracy']:.2f} ["),
                       f"{kind}: accuracy shown {cells[1]}")
            for row in rows[::max(1, len(rows) // 4)]:
                window.execute_script("arguments[0].scrollIntoView({block: 'center'})", row)
                row.click()
                shown(row.get_attribute("data-design"))

    def chart(last):
        canvas = window.find_element(By.ID, "front-canvas")
        window.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
        x, y = window.execute_script(
            "const set = charts[0].data.datasets[0].data, i = set.findIndex(p => p.key === arguments[0]);"
            "const p = charts[0].getDatasetMeta(0).data[i]; return [p.x, p.y];", last)
        size = canvas.size
        webdriver.ActionChains(window).move_to_element_with_offset(
            canvas, round(x - size["width"] / 2), round(y - size["height"] / 2)).click().perform()
        key = window.find_element(By.ID, "design").get_attribute("data-shown")
        near = window.execute_script(  # points may lie on each other
            "const all = charts[0].data.datasets.flatMap((s, d) => s.data.map((p, i) =>"
            " [p.key, charts[0].getDatasetMeta(d).data[i]]));"
            "return all.filter(([k, p]) => Math.hypot(p.x - arguments[0], p.y - arguments[1]) < 12).map(([k]) => k);",
            x, y)
        expect(key in near, f"a click on the point of {last} shows {key}, near it are {near}")

        points = window.execute_script("return charts[0].data.datasets.map(set => set.data.length)")
        expect(points == [len(results[kind]) for kind in ("front", "uniform", "evaluated")], f"points plotted: {points}")

        def span():
            return window.execute_script("return charts[0].scales.x.max - charts[0].scales.x.min")

        before = span()
        window.execute_script("arguments[0].dispatchEvent(new WheelEvent('wheel', {deltaY: -300, clientX: 400, "
                              "clientY: 300, bubbles: true, cancelable: true}))", canvas)
        after = span()
        expect(after < before, f"the wheel does not zoom: {before} to {after}")
        window.find_element(By.ID, "whole").click()
        expect(abs(span() - before) < 1e-9, "Show all does not show all")

    window.set_window_size(1280, 900)
    last = f"front-{len(results['front']) - 1}"
    window.get("file://" + os.path.join(folder, "report.html"))
    shown(f"front-{cheapest_within(0.6)}")
    tables()
    has_chart = window.execute_script("return !!window.Chart")
    expect(has_chart or "chart" not in sys.argv[2:], "the report does not carry Chart.js")
    if has_chart:
        chart(last)
        plain = os.path.join(folder, "plain.html")  # as it is where Chart.js was not there
        with open(plain, "w", encoding="utf-8") as file:
            file.write(re.sub(r"<script>/\*!.*?</script>", "", page, flags=re.S))
        window.get("file://" + plain)
        expect(not window.execute_script("return !!window.Chart"), "Chart.js was not taken out")
    point = window.find_element(By.CSS_SELECTOR, f"#front-still [data-design='{last}']")
    window.execute_script("arguments[0].scrollIntoView({block: 'center'})", point)
    window.execute_script("arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))", point)
    shown(last)

    saved = window.execute_script(
        "const got = {}; const d = results.front[0]; for (const [n, make] of Object.entries(exporters)) got[n] = make(d)[1]; return got;")
    expect(json.loads(saved["JSON"]) == results["front"][0], "the exported JSON is another design")
    expect(len(saved["CSV"].splitlines()) == 1 + len(results["network"]["macs"]), "the exported CSV has other layers")
    expect("#define ALWANN_LAYERS %d" % len(results["network"]["macs"]) in saved["C header"], "C header")
    with open(os.path.join(folder, "design.h"), "w", encoding="utf-8") as file:
        file.write(saved["C header"])

    for name, width in (("desktop", 1280), ("telephone", 390)):
        window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 850, "deviceScaleFactor": 1, "mobile": name == "telephone"})
        window.get("file://" + os.path.join(folder, "report.html"))
        overflow = window.execute_script("return document.documentElement.scrollWidth - innerWidth")
        expect(overflow <= 0, f"{name}: the page is {overflow} pixels wider than the window")
        window.save_screenshot(os.path.join(folder, f"{name}.png"))
        height = window.execute_script("return document.documentElement.scrollHeight")
        window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": min(height, 6000), "deviceScaleFactor": 1, "mobile": name == "telephone"})
        window.save_screenshot(os.path.join(folder, f"{name}-whole.png"))
    window.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    window.save_screenshot(os.path.join(folder, "dark.png"))
    for entry in window.get_log("browser"):
        expect(False, f"console: {entry['level']}: {entry['message']}")
finally:
    window.quit()
    shutil.rmtree(profile, ignore_errors=True)
print("\n".join(problems) or "as in the results")
sys.exit(1 if problems else 0)

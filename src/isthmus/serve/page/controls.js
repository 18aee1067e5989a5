// Buttons, keys, drops and wheels, each to what the page does.

const $ = (id) => document.getElementById(id);
const TYPING = "input:not([type=range]):not([type=checkbox]):not([type=file]), textarea, select, dialog *";

export function listen(page) {
  listenToFiles(page);
  listenToKeys(page);
  for (const button of document.querySelectorAll("[data-tool][aria-pressed]")) {
    button.addEventListener("click", () => page.use(button.dataset.tool));
  }
  const clicks = {
    read: () => page.read(),
    "add-box": () => page.addBox(),
    "zoom-in": () => page.viewer.in(),
    "zoom-out": () => page.viewer.out(),
    "zoom-fit": () => page.viewer.fit(),
    "frame-before": () => page.turn(page.frame - 1),
    "frame-after": () => page.turn(page.frame + 1),
  };
  for (const [id, does] of Object.entries(clicks)) $(id).addEventListener("click", does);
  $("frame-number").addEventListener("input", (event) => page.turn(Number(event.target.value)));
  $("show-map").addEventListener("change", (event) => page.map.show(event.target.checked));
  $("prevalence").addEventListener("change", () => {
    page.tellPrevalence();
    page.withdraw();
    page.views.ask();
  });
  listenToGrey(page);
  $("stage").addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey || !(page.current?.frames > 1)) return;
    event.preventDefault();
    page.turn(page.frame + Math.sign(event.deltaY));
  }, { passive: false });
}

function listenToFiles(page) {
  $("file").addEventListener("change", async (event) => {
    await page.open([...event.target.files]);
    event.target.value = "";
    if (page.current) $("stage").focus({ preventScroll: true }); // so that keys draw and read, not open another file
  });
  for (const event of ["dragover", "drop", "dragleave"]) {
    document.addEventListener(event, (dropped) => {
      dropped.preventDefault();
      document.body.classList.toggle("dropping", event === "dragover");
      if (event === "drop" && dropped.dataTransfer?.files.length) page.open([...dropped.dataTransfer.files]);
    });
  }
}

// The page needs its viewer alone.
export function listenToGrey(page) {
  const set = () => page.viewer.grey(Number($("level").value), Number($("width").value));
  $("level").addEventListener("input", set);
  $("width").addEventListener("input", set);
  $("grey-reset").addEventListener("click", () => {
    [$("level").value, $("width").value] = [128, 255];
    set();
  });
}

function listenToKeys(page) {
  const keys = {
    b: () => page.use("rectangle"),
    p: () => page.use("polygon"),
    c: () => page.use("click"),
    r: () => page.use("ruler"),
    h: () => page.use("hand"),
    "+": () => page.viewer.in(),
    "-": () => page.viewer.out(),
    0: () => page.viewer.fit(),
    PageUp: () => page.turn(page.frame - 1),
    PageDown: () => page.turn(page.frame + 1),
    Enter: () => page.read(),
    Escape: () => page.drawing.cancel(),
    Delete: () => page.drawing.removeSelected(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING)) return;
    if (event.key === "Enter" && event.target.closest("button, summary, label, input[type=file]")) return;
    const does = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!does) return;
    if (event.key.startsWith("Page")) event.preventDefault();
    does();
  });
}

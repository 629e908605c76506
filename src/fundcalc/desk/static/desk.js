// What pages do beyond what they do without script: each part finds its own elements and leaves the rest alone.
"use strict";

// Long work: ask how far it is, and go on once it has ended.
for (const box of document.querySelectorAll("[data-work]")) {
  const ask = async () => {
    try {
      const answer = await fetch(box.dataset.work, { cache: "no-store" });
      const work = await answer.json();
      if (work.ended) { window.location.replace(box.dataset.back); return; }
      box.querySelector("progress").value = work.percent;
      box.querySelector("[data-percent]").textContent = work.percent;
    } catch (gone) { return; }
    window.setTimeout(ask, 500);
  };
  window.setTimeout(ask, 300);
}

// After a form: where the place of its answer is gone, the page itself, not the top of the frame.
const place = decodeURIComponent(window.location.hash.slice(1));
if (place && !document.getElementById(place) && !document.querySelector("[autofocus]")) document.getElementById("main").focus();

// A page that "back" brings up as it was left: where the draft is another by now, its forms would be refused.
window.addEventListener("pageshow", async (event) => {
  const seen = document.querySelector("input[name=seen]");
  if (!event.persisted || !seen) return;
  const answer = await fetch(window.location.href, { cache: "no-store" });
  if (!(await answer.text()).includes(seen.value)) window.location.reload();
});

// The equal command: one click copies it.
for (const code of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = code.dataset.copy;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch (refused) {
      const range = document.createRange();
      range.selectNodeContents(code);
      const selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      document.execCommand("copy");
    }
    button.textContent = code.dataset.copied;
  });
  code.after(" ", button);
}

// Files and folders dropped on a form are sent with the folders' names; files that are chosen are sent at once.
async function filesOf(transfer) {
  const found = [];
  const walk = async (entry, path) => {
    if (entry.isFile) {
      const file = await new Promise((done, failed) => entry.file(done, failed));
      found.push([file, path + entry.name]);
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!some.length) return;
      for (const one of some) await walk(one, path + entry.name + "/");
    }
  };
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => [file, file.name]);
  for (const entry of entries) await walk(entry, "");
  return found;
}
for (const form of document.querySelectorAll("form[data-drop]")) {
  form.classList.add("scripted");
  const over = (on) => (event) => { event.preventDefault(); form.classList.toggle("over", on); };
  form.addEventListener("dragover", over(true));
  form.addEventListener("dragleave", over(false));
  form.addEventListener("drop", async (event) => {
    over(false)(event);
    const files = await filesOf(event.dataTransfer);
    if (!files.length) return;
    form.classList.add("sending");
    const data = new FormData();
    for (const field of form.querySelectorAll("input[type=hidden]")) data.append(field.name, field.value);
    for (const [file, name] of files) data.append("file", file, name);
    const answer = await fetch(form.action, { method: "POST", body: data, credentials: "same-origin" });
    if (answer.redirected) { window.location.assign(answer.url); return; }
    document.open();
    document.write(await answer.text());
    document.close();
  });
  for (const input of form.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => { if (input.files.length) { form.classList.add("sending"); form.submit(); } });
  }
}

// How columns were read: samples follow the unit that is chosen, by moving the point of the written figure.
function inYuan(written, power) {
  const plain = written.replace(/[,，\s¥￥]/g, "");
  if (!/^-?\d+(\.\d+)?$/.test(plain)) return "";
  const [figures, part = ""] = plain.replace("-", "").split("."), whole = figures.padStart(1 - power, "0");
  const digits = whole + part.padEnd(power, "0");
  const at = whole.length + power;
  const yuan = digits.slice(0, at).replace(/^0+(?=\d)/, "").replace(/\B(?=(\d{3})+$)/g, ",");
  const fen = digits.slice(at).replace(/0+$/, "").padEnd(2, "0");
  return `${plain.startsWith("-") ? "−" : ""}${yuan}.${fen} ${document.documentElement.lang === "en" ? "yuan" : "元"}`;
}
for (const row of document.querySelectorAll("tr[data-column]")) {
  const fact = row.querySelector("[data-fact]");
  const unit = row.querySelector("[data-unit]");
  if (!fact || !unit) continue;
  const show = () => {
    const meant = fact.value === "" ? row.querySelector("[data-auto]") : fact.selectedOptions[0];
    const money = meant.dataset.money !== undefined;
    const power = unit.selectedOptions[0].dataset.power;
    unit.disabled = !money;
    row.classList.toggle("changed", true);
    for (const sample of row.querySelectorAll("[data-written]")) {
      const read = sample.querySelector("[data-read]");
      const figure = money && power ? inYuan(sample.dataset.written, Number(power)) : "";
      read.textContent = figure;
      sample.classList.toggle("read", Boolean(figure));
    }
  };
  if (row.classList.contains("changed")) show();  // what was chosen in a form that was refused
  fact.addEventListener("change", show);
  unit.addEventListener("change", show);
}

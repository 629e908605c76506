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

// Files dropped on a form are as if chosen in it.
for (const form of document.querySelectorAll("form[data-drop]")) {
  const input = form.querySelector("input[type=file]");
  const over = (on) => (event) => { event.preventDefault(); form.classList.toggle("over", on); };
  form.addEventListener("dragover", over(true));
  form.addEventListener("dragleave", over(false));
  form.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; form.submit(); }
  });
}

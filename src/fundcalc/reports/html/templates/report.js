"use strict";
// Search, sort and explanations of this page. Everything is put in as text, never as markup.
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words;
  const comma = document.documentElement.lang.startsWith("zh") ? "、" : ", ";
  const table = document.getElementById("list");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  rows.forEach((row, n) => { row.dataset.v = n; row.find = row.cells[0].textContent + ("alone" in table.dataset ? "" : " " + row.cells[1].textContent); });

  // ---- search -------------------------------------------------------------------------------------
  const find = document.getElementById("find");
  const shown = document.getElementById("shown");
  const everyone = document.getElementById("everyone");
  let only = null; // the button of the rule whose villages are asked for
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  rows.forEach((row, n) => {
    const rules = data.programmes.flatMap((one, place) => {
      const fired = data.villages[n][2][place][0].map((number) => one.rules[number].id);
      if (!fired.length && one.otherwise) fired.push(one.otherwise.id);
      return fired.map((id) => one.id + "." + id);
    });
    row.rules = new Set(rules);
    row.find = plain(row.find);
  });
  function search() {
    const wanted = plain(find.value).split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const hit = (!only || row.rules.has(only.dataset.find)) && wanted.every((part) => row.find.includes(part));
      row.hidden = !hit;
      if (row.detail) row.detail.hidden = !hit;
      count += hit ? 1 : 0;
    }
    shown.textContent = shown.dataset.text.replace("{n}", count).replace("{all}", rows.length)
      + (only ? " · " + only.closest("tr").cells[0].textContent : "");
    everyone.hidden = !only;
  }
  find.addEventListener("input", search);
  search();
  // The villages that a rule decided.
  document.querySelectorAll(".of").forEach((button) => button.addEventListener("click", () => {
    only = button;
    find.value = "";
    search();
    find.parentElement.scrollIntoView({ block: "start" });
    find.focus({ preventScroll: true });
  }));
  everyone.addEventListener("click", () => { only = null; find.value = ""; search(); find.focus(); });

  // ---- sort ---------------------------------------------------------------------------------------
  const heads = Array.from(table.tHead.rows[0].cells);
  const text = new Intl.Collator(document.documentElement.lang, { numeric: true });
  function key(row, column) {
    const cell = row.cells[column];
    return "n" in cell.dataset ? Number(cell.dataset.n) : cell.textContent;
  }
  heads.forEach((head, column) => head.firstElementChild.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach((other) => other.setAttribute("aria-sort", "none"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const keyed = rows.map((row) => [key(row, column), Number(row.dataset.v), row]);
    keyed.sort((a, b) => {
      const by = typeof a[0] === "number" && typeof b[0] === "number" ? a[0] - b[0] : text.compare(a[0], b[0]);
      return (down ? -by : by) || a[1] - b[1];
    });
    const all = document.createDocumentFragment();
    for (const [, , row] of keyed) { all.append(row); if (row.detail) all.append(row.detail); }
    body.append(all);
  }));

  // ---- values -------------------------------------------------------------------------------------
  // A number; its digits as text where it is too large for one.
  function digits(value, decimals) {
    const minus = String(value).startsWith("-");
    let whole = String(value).replace("-", "").padStart(decimals + 1, "0"), rest = "";
    if (decimals) { rest = "." + whole.slice(-decimals); whole = whole.slice(0, -decimals); }
    whole = whole.replace(/\B(?=(\d{3})+$)/g, ",");
    return (minus ? "-" : "") + whole + rest;
  }
  function day(value) { return new Date((value - 719163) * 86400000).toISOString().slice(0, 10); }
  // `figure` is a number without its unit, as it stands in arithmetic.
  function said(kind, value, form) {
    if (value === null) return "÷ 0";
    const [type, decimals, unit, one] = data.kinds[kind];
    if (type === "b") return value ? decimals : unit;
    if (type === "d") return day(value);
    if (type === "t") return value;
    const number = digits(value, decimals);
    if (form === 2) return number.replace(/\.0+$/, "");
    if (form === 3) return number.replace(/,/g, "");
    const after = value === 1 ? one : unit;
    return form || !after ? number : number + " " + after;
  }
  function title(programme, value) {
    const ids = String(value).split("+").filter(Boolean);
    if (!ids.length) return words.nothing;
    return ids.every((id) => id in programme.called) ? ids.map((id) => programme.called[id]).join(comma) : value;
  }
  function value(programme, name, number) {
    const kind = data.names[name][1];
    if (data.kinds[kind][0] === "t" && programme.outputs.includes(name)) return title(programme, number);
    return said(kind, number, false);
  }
  function fill(pieces, village) {
    return pieces.map((piece) => {
      if (typeof piece === "string") return piece;
      if (piece[0] === 0) return said(data.names[piece[1]][1], village[0][piece[1]], piece[2]);
      return said(piece[2], village[1][piece[1]], piece[3]);
    }).join("");
  }

  // ---- an explanation -----------------------------------------------------------------------------
  function put(parent, tag, content, name) {
    const one = document.createElement(tag);
    if (name) one.className = name;
    if (content !== undefined) one.textContent = content;
    parent.append(one);
    return one;
  }
  function mark(parent, holds) { put(parent, "span", holds ? "✓ " : "✗ ", holds ? "yes" : "no"); }
  function grid(parent, lines) {
    const one = put(put(parent, "div", undefined, "wide"), "table");
    for (const [first, ...rest] of lines) {
      const row = put(one, "tr");
      put(row, "th", first).scope = "row";
      rest.forEach((cell, n) => put(row, "td", cell, n ? "soft" : "number"));
    }
  }
  // Conditions in the order written; `next` gives whether each comparison holds.
  function settle(when, next) {
    if (Array.isArray(when)) return { text: when, holds: next(), parts: [] };
    const parts = when.parts.map((part) => settle(part, next));
    if (when.join === "choice") {
      const both = [parts[0], parts[0].holds ? parts[1] : parts[2]];
      return { join: "and", holds: both[1].holds, parts: both };
    }
    const all = parts.every((part) => part.holds), some = parts.some((part) => part.holds);
    const holds = when.join === "and" ? all : when.join === "or" ? some : !some;
    return { join: when.join, holds: holds, parts: parts };
  }
  function condition(list, one, village) {
    const item = put(list, "li");
    mark(item, one.holds);
    item.append(one.join ? words[one.join] : fill(one.text, village));
    if (one.parts.length) {
      const inner = put(item, "ul");
      one.parts.forEach((part) => condition(inner, part, village));
    }
  }
  function rule(parent, one, fires, settled, village) {
    const line = put(parent, "p");
    mark(line, fires);
    put(line, "strong", one.title);
    if (settled) {
      const list = put(parent, "ul");
      (settled.join === "and" ? settled.parts : [settled]).forEach((part) => condition(list, part, village));
    }
    if (fires) {
      const says = put(parent, "p", fill(one.says, village), "says");
      if (one.source) put(says, "span", " " + words.source + one.source, "soft");
    } else if (settled && settled.holds) put(parent, "p", words.beaten, "says");
  }
  function formula(parent, name, programme, parts, numbers, village) {
    const kind = data.names[name][1], result = said(kind, village[0][name], false);
    if (data.kinds[kind][0] !== "n") return;
    const bare = said(kind, village[0][name], true);
    const chain = [data.names[name][0]];
    if (parts && parts !== bare && parts !== "0") chain.push(parts);
    if (numbers && numbers !== bare && numbers !== parts) chain.push(numbers);
    put(put(parent, "p", chain.join(" = ") + " = "), "strong", result);
  }
  function numbers(entry, shares, village) { return entry[2] ? (shares[entry[2]] || [""])[0] : fill(entry[1], village); }
  function steps(parent, programme, fired, shares, village) {
    put(parent, "h4", words.steps);
    const entries = fired.map((n) => programme.formulas[programme.rules[n].id]).filter(Boolean);
    const main = programme.outputs[0];
    if (fired.length && programme.policy === "collect count") {
      const names = fired.map((n) => programme.rules[n].title).join(comma);
      formula(parent, main, programme, words.counted.replace("{rules}", names), String(fired.length), village);
    } else {
      const used = fired.length ? entries : programme.none ? [programme.none] : [];
      const join = words[programme.policy] || "";
      const joined = (texts) => (!join || texts.length < 2 ? texts[0] || "" : join.replace("{items}", texts.join(join === "{items}" ? " + " : comma)));
      formula(parent, main, programme, joined(used.map((e) => e[0])), joined(used.map((e) => numbers(e, shares, village))), village);
    }
    for (const [name, ...entry] of programme.also) formula(parent, name, programme, entry[0], numbers(entry, shares, village), village);
    for (const item of Object.keys(shares)) if (shares[item][1]) put(parent, "p", shares[item][1]);
  }
  function outputs(programme, pairs) {
    return pairs.map(([name, number]) => data.names[name][0] + " " + value(programme, name, number)).join(comma === "、" ? "，" : ", ");
  }
  function whatIf(parent, programme, hinges, turns, follows) {
    if (hinges.length) put(parent, "h4", words.hinges);
    let asked = "";
    for (const [n, pairs] of hinges) {
      const [reading, question, answer] = data.hinges[n];
      if (reading !== asked) put(parent, "p", question);
      asked = reading;
      put(parent, "p", answer + " → " + outputs(programme, pairs), "says");
    }
    if (turns.length || follows.length) put(parent, "h4", words.changes);
    for (const [name, to, pairs] of turns) {
      const if_ = words.if.replace("{fact}", data.names[name][0]).replace("{to}", () => said(data.names[name][1], to, false));
      put(parent, "p", if_ + " → " + outputs(programme, pairs));
    }
    for (const [names, facts] of follows) {
      const named = (list) => list.map((n) => data.names[n][0]).join(comma);
      put(parent, "p", words.follows.replace("{outputs}", named(names)).replace("{facts}", named(facts)));
    }
  }
  // What a programme comes to, in a line: its amounts, and the rules that decided.
  function answer(parent, programme, fired, village) {
    const line = put(parent, "p"), main = programme.outputs[0];
    put(line, "strong", outputs(programme, programme.outputs.map((name) => [name, village[0][name]])));
    const rules = fired.length ? fired.map((n) => programme.rules[n]) : [programme.otherwise].filter(Boolean);
    const told = data.kinds[data.names[main][1]][0] === "t"; // then its value names them
    if (rules.length && !told) line.append((comma === "、" ? "：" : ": ") + rules.map((one) => one.title).join(comma));
  }
  function decision(parent, programme, found, village, origins) {
    const [fired, holds, shares, hinges, turns, follows] = found;
    const part = put(parent, "section");
    put(part, "h3", programme.title);
    grid(part, programme.outputs.map((name) => [data.names[name][0], value(programme, name, village[0][name])]));
    put(part, "h4", words.rules);
    let at = 0;
    const next = () => holds[at++] === "1";
    programme.rules.forEach((one, n) => rule(part, one, fired.includes(n), settle(one.when, next), village));
    if (programme.otherwise && !fired.length) rule(part, programme.otherwise, true, null, village);
    if (programme.outputs.some((name) => data.kinds[data.names[name][1]][0] === "n")) steps(part, programme, fired, shares, village);
    put(part, "h4", words.facts);
    grid(part, programme.facts.map((name) => [data.names[name][0], said(data.names[name][1], village[0][name], false), origins[name] || words.assumed]));
    if (programme.parameters.length) { put(part, "h4", words.parameters); grid(part, programme.parameters); }
    whatIf(part, programme, hinges, turns, follows);
    if (programme.note) put(part, "p", words.note + programme.note, "soft");
  }
  function explain(row) {
    const number = Number(row.dataset.v), village = data.villages[number];
    const line = document.createElement("tr");
    line.className = "detail";
    const cell = put(line, "td");
    cell.colSpan = row.cells.length;
    const inner = put(cell, "div", undefined, "inner");
    const hand = data.hand[String(number)] || [];
    if (hand.length) { put(inner, "h3", words.by_hand); put(inner, "p", words.by_hand_note); }
    hand.forEach((lines) => lines.forEach((text, n) => put(inner, "p", text, n ? "says" : "")));
    const corrected = data.corrected[String(number)] || [];
    if (corrected.length) put(inner, "h3", words.correction);
    corrected.forEach((text) => put(inner, "p", text));
    data.programmes.forEach((programme, n) => answer(inner, programme, village[2][n][0], village));
    put(inner, "p", words.marks, "soft");
    data.programmes.forEach((programme, n) => decision(inner, programme, village[2][n], village, data.origins[number]));
    return line;
  }
  function toggle(row) {
    const open = !row.detail;
    if (open) { row.detail = explain(row); row.after(row.detail); } else { row.detail.remove(); row.detail = null; }
    row.classList.toggle("open", open);
    row.querySelector(".name").setAttribute("aria-expanded", String(open));
  }
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const hits = rows.filter((row) => !row.hidden);
    if (hits.length !== 1) return;
    event.preventDefault(); // else the same key presses the name, too
    if (!hits[0].detail) toggle(hits[0]);
    hits[0].querySelector(".name").focus();
  });
  body.addEventListener("click", (event) => {
    const button = event.target.closest(".name");
    if (button) toggle(button.closest("tr"));
  });
  body.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const detail = event.target.closest(".detail");
    const row = detail ? detail.previousElementSibling : event.target.closest("tr");
    if (row && row.detail) { toggle(row); row.querySelector(".name").focus(); }
  });
})();

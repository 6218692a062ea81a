// Keys: the search palette, moving through lists, the list of keys. Every flow works without this file.
(function () {
  "use strict";

  var palette = document.getElementById("palette"), keys = document.getElementById("keys");
  if (!palette || !keys) { return; }
  var field = document.getElementById("palette-q"), said = document.getElementById("palette-said");
  var singleKeys = document.body.dataset.keys === "on";
  var backTo = null;

  // Dialogs: what had the focus gets it back.
  function open(dialog) {
    if (dialog.open || document.querySelector("dialog[open]")) { return; }
    backTo = document.activeElement;
    dialog.showModal();
  }
  [palette, keys].forEach(function (dialog) {
    dialog.addEventListener("close", function () { if (backTo && backTo.isConnected) { backTo.focus(); } backTo = null; });
    dialog.addEventListener("click", function (event) {
      if (event.target === dialog || event.target.closest("[data-close]")) { dialog.close(); }
    });
  });
  function openPalette() {
    open(palette);
    field.value = "";
    field.focus();
    window.htmx.trigger(field, "palette-opened");
  }
  function openKeys() {
    open(keys);
    document.getElementById("keys-title").focus();
    window.htmx.trigger(keys.querySelector("[hx-get]"), "keys-opened");
  }
  document.addEventListener("click", function (event) {
    var link = event.target.closest("[data-palette]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) { return; }
    event.preventDefault();
    openPalette();
  });

  // The palette: a combobox whose focus stays in the field while the choice moves through the list.
  function options() { return Array.prototype.slice.call(palette.querySelectorAll("[role=option]:not([aria-disabled])")); }
  function chosen() { return palette.querySelector("[role=option][aria-selected=true]"); }
  function choose(option) {
    var before = chosen();
    if (before) { before.setAttribute("aria-selected", "false"); }
    field.removeAttribute("aria-activedescendant");
    if (!option) { return; }
    option.setAttribute("aria-selected", "true");
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }
  function step(by) {
    var all = options(), at = all.indexOf(chosen());
    if (all.length) { choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]); }
  }
  field.addEventListener("keydown", function (event) {
    if (event.isComposing) { return; }
    if (event.key === "ArrowDown") { step(1); } else if (event.key === "ArrowUp") { step(-1); }
    else if (event.key === "Enter" && chosen()) { chosen().click(); }
    else { return; }
    event.preventDefault();
  });
  palette.addEventListener("htmx:afterSettle", function () {
    var results = document.getElementById("palette-results");
    choose(field.value.trim() ? options()[0] : null);
    said.textContent = results.dataset.said || "";
  });

  // Rows of the list on the page. The one we are at is marked, and its link has the focus, so that Enter opens it.
  var ROWS = "main .table tbody tr, main .tasks > li, main .matrix > li:not(.matrix-head)";
  function isShown(row) { return row.getClientRects().length > 0 && row.querySelector("a[href], button, summary, input"); }
  function currentRow() { return document.querySelector("main .at-row"); }
  function goTo(row) {
    var before = currentRow(), link = row.querySelector("a[href]:not(.toggle), summary") || row.querySelector("a[href], button, input");
    if (before) { before.classList.remove("at-row"); }
    row.classList.add("at-row");
    link.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
  function move(by) {
    var rows = Array.prototype.filter.call(document.querySelectorAll(ROWS), isShown);
    var row = document.activeElement.closest(ROWS) || currentRow(), at = rows.indexOf(row);
    var next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by];
    if (next) { goTo(next); }
  }
  function tick() {
    var row = currentRow(), box = row && row.querySelector("input[type=checkbox]");
    if (box) { box.click(); }
    return box;
  }
  // What can be done with the rows ticked; with none ticked, the one we are at is.
  function act() {
    var group = document.querySelector("main form [role=group][data-acts] button");
    if (!group) { return; }
    if (!group.form.querySelector("input[type=checkbox]:checked") && !tick()) { return; }
    group.scrollIntoView({ block: "nearest" });
    group.focus();
  }

  var BOXES = ["checkbox", "radio", "button", "submit", "reset"];
  function isTyping(target) {
    if (target.isContentEditable || target.closest("textarea, select")) { return true; }
    return target.tagName === "INPUT" && BOXES.indexOf(target.type) < 0;
  }
  var SINGLE = { "/": openPalette, "?": openKeys, j: function () { move(1); }, k: function () { move(-1); }, x: tick, e: act };
  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.isComposing || event.altKey) { return; }
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (palette.open) { palette.close(); } else { openPalette(); }
      return;
    }
    if (!singleKeys || event.ctrlKey || event.metaKey || !Object.hasOwn(SINGLE, event.key)) { return; }
    if (isTyping(event.target) || document.querySelector("dialog[open]")) { return; }
    event.preventDefault();
    SINGLE[event.key]();
  });
})();

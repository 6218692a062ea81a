// Small comforts. Every flow works without this file.
(function () {
  "use strict";

  // After a swap, focus goes where the answer says, so that keyboard and screen reader do not start over:
  // to the part marked data-focus, or to the step that comes next (data-then), which opens.
  document.addEventListener("htmx:afterSettle", function (event) {
    var root = event.detail.elt || document;
    var next = root.dataset && root.dataset.then && document.getElementById(root.dataset.then);
    if (next) { next.querySelector("details").open = true; next.querySelector("summary").focus(); return; }
    var target = root.matches && root.matches("[data-focus]") ? root : root.querySelector && root.querySelector("[data-focus]");
    if (target) { target.focus(); }
  });

  // An answer that is not swapped in must not look like a dead button.
  function toast(id) {
    var template = document.getElementById(id), place = document.getElementById("toasts");
    if (template && place) { place.replaceChildren(template.content.cloneNode(true)); }
  }
  document.addEventListener("htmx:responseError", function () { toast("toast-failed"); });
  document.addEventListener("htmx:sendError", function () { toast("toast-offline"); });
  document.addEventListener("htmx:timeout", function () { toast("toast-offline"); });

  // Menus close by Escape and by a click elsewhere; a toast goes away when clicked.
  function closeMenus(except) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) { if (menu !== except) { menu.open = false; } });
  }
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    var open = document.querySelector("details.menu[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
    document.getElementById("toasts").replaceChildren();
  });
  document.addEventListener("click", function (event) {
    closeMenus(event.target.closest("details.menu"));
    if (event.target.closest(".toasts")) { document.getElementById("toasts").replaceChildren(); }
  });
})();

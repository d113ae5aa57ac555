/* The technician's part of a wall: description on hover and focus. Loaded after wall.js, on pages that are no kiosk. */
(function () {
  'use strict';
  var body = document.body, dw = window.deskwatch;

  /* Tooltip: the description, on hover of a subject and on focus of a ticket's link; Esc closes it, the mouse may enter */
  var tip = document.getElementById('tip'), anchor = null, later = null;

  function anchorOf(node) {
    while (node && node !== body && node.nodeType === 1) {
      if (node.parentNode && /\b(id|subject)\b/.test(node.parentNode.className)) { return node; }
      node = node.parentNode;
    }
    return null;
  }
  function close() {
    clearTimeout(later);
    if (anchor) { anchor.removeAttribute('aria-describedby'); }
    anchor = null;
    tip.hidden = true;
  }
  function open(node) {
    clearTimeout(later);
    if (node === anchor) { return; }
    later = setTimeout(function () {
      close();
      anchor = node;
      var key = node.parentNode.parentNode.getAttribute('data-k');
      dw.get(dw.root + 't/' + encodeURIComponent(key) + '/description', 'json', function (x) {
        var said = null;
        try { said = x && x.status === 200 && JSON.parse(x.responseText); } catch (broken) { /* show nothing */ }
        if (said && anchor === node && document.contains(node)) { fill(said); place(node); }
      });
    }, 200);
  }
  function fill(said) {
    tip.querySelector('b').textContent = said.subject;
    tip.querySelector('small').textContent = said.status;
    tip.querySelector('p').textContent = said.description || 'No description.';
  }
  function place(node) {
    var at = node.getBoundingClientRect(), high = document.documentElement.clientHeight, wide = document.documentElement.clientWidth;
    tip.hidden = false;
    node.setAttribute('aria-describedby', 'tip');
    var box = tip.getBoundingClientRect();
    var top = at.bottom + box.height + 8 < high ? at.bottom + 4 : Math.max(4, at.top - box.height - 4);
    tip.style.left = Math.max(4, Math.min(at.left, wide - box.width - 8)) + window.pageXOffset + 'px';
    tip.style.top = top + window.pageYOffset + 'px';
  }
  function leave() { clearTimeout(later); if (anchor) { later = setTimeout(close, 300); } }
  document.addEventListener('mouseover', function (e) {
    var node = anchorOf(e.target);
    if (node) { open(node); if (node === anchor) { clearTimeout(later); } }
    else if (tip.contains(e.target)) { clearTimeout(later); }
    else if (anchor !== document.activeElement) { leave(); }
  });
  document.addEventListener('focusin', function (e) { var node = anchorOf(e.target); if (node) { open(node); } else { close(); } });
  document.addEventListener('focusout', leave);
  dw.on('shown', function () { if (anchor && !document.contains(anchor)) { close(); } });
  document.addEventListener('keydown', function (e) { if (e.keyCode === 27) { close(); } });

})();

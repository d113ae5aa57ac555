/* The technician's part of a wall: theme, filters and sorting in the address, tooltip, the panel of one ticket, keys.
   Loaded after wall.js, on pages that are no kiosk. Buttons that need it are there by the style sheet (.js). */
(function () {
  'use strict';
  var doc = document, html = doc.documentElement, here = location, dw = window.deskwatch, say = dw.say, escaped = encodeURIComponent;
  var form = $('filter'), fold = $('fold'), mine = $('mine'), me = $('me'), panel = $('panel'), letters = $('letters'), agents = form.elements.agent;
  var tip = $('tip'), anchor = null, shown = '', later, typing;

  function $(id) { return doc.getElementById(id); }
  function near(node, selector) { return node.closest ? node.closest(selector) : null; }
  function focused() { return doc.activeElement; }
  /* What this browser remembers: without a value it is read */
  function kept(name, value) {
    try { return value === undefined ? localStorage.getItem(name) : localStorage.setItem(name, value); } catch (blocked) { return null; }
  }
  function tell(words) { dw.text($('news'), words); }
  function soon(what, ms) { clearTimeout(later); later = setTimeout(what, ms); }

  /* Theme: remembered under the key of Ticket Dash; a click ends theme=auto for this visit */
  $('theme').onclick = function () {
    var light = html.className ? html.className === 'light-mode' : matchMedia('(prefers-color-scheme: light)').matches;
    kept('theme', dw.asked.theme = html.className = light ? 'dark-mode' : 'light-mode');
  };

  /* Wishes: the address always says what is shown, so that it can be sent to somebody */
  function address() { return new URLSearchParams(here.search); }
  function each(visit) { [].forEach.call(form.elements, function (field) { if (field.name) { visit(field, field.name); } }); }
  function become(query) { history.replaceState(null, '', here.pathname + ('?' + query).replace(/^\?$/, '') + here.hash.replace('#-', '')); }
  function wish(next) {
    become(next);
    each(function (field, name) { if (field !== focused()) { field.value = next.get(name) || ''; } });
    dress();
    dw.go();
  }
  /* The form as it stands, over whatever else the address holds */
  function filter() {
    var next = address();
    clearTimeout(typing);
    next.delete('agent_id');
    each(function (field, name) { if (field.value.trim()) { next.set(name, field.value.trim()); } else { next.delete(name); } });
    wish(next);
  }
  /* A link to other wishes replaces them all, and leaves what concerns this screen only */
  function follow(query) {
    var next = address();
    'agent agent_id group client source priority section sections q sort limit privacy lang tz'.split(' ').forEach(function (name) { next.delete(name); });
    new URLSearchParams(query).forEach(function (value, name) { next.set(name, value); });
    wish(next);
  }
  function dress() {
    var agent = agents && agents.value, self = kept('deskwatch_me');
    mine.setAttribute('aria-pressed', !!self && agent === self);
    me.hidden = !agent || agent === 'none' || agent === self;
  }
  form.onsubmit = function (e) { e.preventDefault(); filter(); };
  form.onchange = filter;
  form.oninput = function () { clearTimeout(typing); typing = setTimeout(filter, 250); };
  mine.onclick = function () {
    var self = kept('deskwatch_me');
    if (self) {
      agents.value = agents.value === self ? '' : self;
      filter();
    } else {
      fold.open = true;
      agents.focus();
      tell(say('Choose yourself as agent, then press “This is me”.'));
    }
  };
  me.onclick = function () {
    kept('deskwatch_me', agents.value);
    mine.focus();
    dress();
  };
  /* Folded or not is remembered under Ticket Dash's key; on phones it begins folded */
  fold.open = (kept('sidebar_collapsed') || '' + (html.clientWidth < 641)) !== 'true';
  fold.className = 'set'; // nothing on a phone jumps away that was painted before
  fold.ontoggle = function () { kept('sidebar_collapsed', !fold.open); };
  dress();

  function keyOf(node) {
    var row = near(node, 'tr[data-k]');
    return row && row.getAttribute('data-k');
  }
  /* Puts what the server says of a ticket in the place of the node with the same id, if that is still wanted */
  function load(key, what, node, wanted) {
    dw.get(dw.root + 'b/' + escaped(dw.board()) + '/t/' + escaped(key) + what + here.search, 'document', function (x) {
      var said = x && x.response && x.response.getElementById(node.id);
      if (said && wanted()) {
        morphdom(node, doc.importNode(said, true), { childrenOnly: true });
        if (node === tip) { place(); }
      }
    });
  }

  /* Tooltip: on hover and focus of a ticket's links; Esc closes it, the mouse may enter */
  function untip() {
    clearTimeout(later);
    if (anchor) { anchor.removeAttribute('aria-describedby'); }
    anchor = null;
    tip.hidden = true;
  }
  function look(e) {
    var node = near(e.target, 'td.id a, td.id span, td.subject a');
    if (node === anchor && node || tip.contains(e.target)) { clearTimeout(later); }
    else if (node) {
      soon(function () {
        untip();
        anchor = node;
        load(keyOf(node), '/tip', tip, function () { return anchor === node && doc.contains(node); });
      }, 200);
    } else if (anchor !== focused()) { leave(); }
  }
  function place() {
    var at = anchor.getBoundingClientRect(), high, top;
    tip.hidden = false;
    anchor.setAttribute('aria-describedby', 'tip');
    high = tip.offsetHeight + 4;
    top = at.bottom + high < html.clientHeight ? at.bottom + 4 : Math.max(0, at.top - high);
    tip.style.left = Math.min(at.left, html.clientWidth - tip.offsetWidth) + 'px';
    tip.style.top = window.pageYOffset + top + 'px';
  }
  function leave() { soon(untip, 300); }
  doc.onmouseover = look;
  doc.addEventListener('focusin', look);
  doc.addEventListener('focusout', leave);

  /* Panel: the page of a ticket beside the board. The address says which (#t=KEY), so Back closes it. */
  function route() {
    var before = shown, said = /^#t=(.+)/.exec(here.hash);
    try { shown = said ? decodeURIComponent(said[1]) : ''; } catch (broken) { shown = ''; }
    untip();
    if (shown && shown !== before) {
      panel.hidden = false;
      panel.focus();
      read();
    } else if (!shown && before) {
      said = panel.contains(focused()) || focused() === doc.body;
      panel.hidden = true;
      rows().forEach(function (row) { if (said && keyOf(row) === before) { enter(row); } });
    }
    if (here.hash === '#-') { become(address()); }
  }
  function close() { here.replace('#-'); }
  function read() {
    var key = shown;
    load(key, '', $('ticket'), function () { return key === shown; });
  }
  function rows() { return [].slice.call(doc.querySelectorAll('tr[data-k]')); }
  function enter(row) { row.querySelector('td.subject a, td.id a, td.id span').focus(); }
  window.onhashchange = route;
  dw.on('shown', function () {
    if (!doc.contains(anchor)) { untip(); }
    if (shown) { read(); }
  });

  /* Copies by selecting: plain HTTP knows no other way */
  function copy(node) {
    var selection = getSelection();
    selection.selectAllChildren(node);
    if (doc.execCommand('copy')) { tell(say('Copied {0}', node.textContent)); }
    selection.removeAllRanges();
  }
  doc.onclick = function (e) {
    var at = e.target, link = near(at, 'a'), other = e.ctrlKey || e.metaKey || e.shiftKey || !link, copied = near(at, '.copy');
    if (copied) { copy(copied.querySelector('b')); }
    else if (near(at, '#panel .x')) { close(); }
    else if (!other && near(at, 'td.subject, a.own')) { here.hash = 't=' + escaped(keyOf(at)); }
    else if (!other && /^\?/.test(link.getAttribute('href'))) { follow(link.search); }
    else {
      if (shown && !panel.contains(at)) { close(); }
      return;
    }
    e.preventDefault();
  };

  /* Keys; single letters can be switched off in the list that ? shows */
  function step(by) {
    var all = rows();
    if (all[0]) { enter(all[Math.max(0, Math.min(all.length - 1, all.indexOf(near(focused(), 'tr')) + by))]); }
  }
  doc.onkeydown = function (e) {
    var key = e.key, row = keyOf(e.target), place = (row ? near(e.target, 'tr') : panel).querySelector('.id a, .id span, .ref a, .ref b');
    if (key === 'Escape') {
      if (tip.hidden) { close(); } else { untip(); }
    } else if (!(e.ctrlKey || e.metaKey || e.altKey || /INPUT|SELECT/.test(e.target.tagName) || !key[1] && !letters.checked)) {
      if (key === 'j' || key === 'ArrowDown' && row) { step(1); }
      else if (key === 'k' || key === 'ArrowUp' && row) { step(-1); }
      else if (key === '/') { fold.open = true; form.elements.q.select(); }
      else if (key === '?') { here.hash = 'keys'; }
      else if (key === 'c' && place) { copy(place); }
      else if (key === 'o' && place) { place.click(); }
      else { return; }
      e.preventDefault();
    }
  };
  letters.checked = kept('deskwatch_keys') !== 'off';
  letters.onchange = function () { kept('deskwatch_keys', letters.checked ? 'on' : 'off'); };
  route();
})();

/* The technician's part of a wall: theme, filters and sorting in the address, tooltip, the panel of one ticket, keys.
   Loaded after wall.js, on pages that are no kiosk. */
(function () {
  'use strict';
  var doc = document, html = doc.documentElement, dw = window.deskwatch, say = dw.say;
  var form = $('filter'), fields = form.elements, fold = $('fold'), mine = $('mine'), panel = $('panel');
  var tip = $('tip'), anchor = null, later = null, typing = null, shown = '';

  function $(id) { return doc.getElementById(id); }
  function on(event, hook) { doc.addEventListener(event, hook); }
  /* What this browser remembers: without a value it is read */
  function kept(name, value) {
    try { return value === undefined ? localStorage.getItem(name) : localStorage.setItem(name, value); } catch (blocked) { return null; }
  }
  function near(node, selector) { return node.closest ? node.closest(selector) : null; }
  function keyOf(node) {
    var row = near(node, 'tr[data-k]');
    return row && row.getAttribute('data-k');
  }
  function tell(words) { dw.text($('news'), words); }
  /* Fetches what the server says of a ticket and puts it in the place of the node with the same id */
  function load(key, what, node, done) {
    dw.get(dw.root + 'b/' + encodeURIComponent(dw.board()) + '/t/' + encodeURIComponent(key) + what + location.search, 'document', function (x) {
      var said = x && x.response && x.response.getElementById(node.id);
      if (said && done(x)) { morphdom(node, doc.importNode(said, true), { childrenOnly: true }); }
    });
  }

  /* Theme: remembered under the key of Ticket Dash; a click ends theme=auto for this visit */
  $('theme').onclick = function () {
    var light = html.className ? html.className === 'light-mode' : matchMedia('(prefers-color-scheme: light)').matches;
    kept('theme', dw.asked.theme = html.className = light ? 'dark-mode' : 'light-mode');
  };

  /* Wishes: the address always says what is shown, so that it can be sent to somebody */
  function address() { return new URLSearchParams(location.search); }
  function each(change) {
    [].forEach.call(fields, function (field) { if (field.name && field.type !== 'hidden') { change(field, field.name); } });
  }
  function wish(next) {
    history.replaceState(null, '', location.pathname + ('?' + next).replace(/^\?$/, '') + location.hash);
    each(function (field, name) { if (field !== doc.activeElement) { field.value = next.get(name) || ''; } });
    dress();
    dw.go();
  }
  /* The form as it stands, over whatever else the address holds */
  function filter() {
    var next = address();
    clearTimeout(typing);
    next.delete('agent_id');
    each(function (field, name) {
      var value = field.value.trim();
      if (value) { next.set(name, value); } else { next.delete(name); }
    });
    wish(next);
  }
  /* A link to other wishes replaces all of them and leaves what concerns only this screen */
  function follow(query) {
    var next = address();
    'agent agent_id group client priority section sections q sort limit privacy lang tz'.split(' ').forEach(function (name) { next.delete(name); });
    new URLSearchParams(query).forEach(function (value, name) { next.set(name, value); });
    wish(next);
  }
  function dress() {
    var agent = fields.agent && fields.agent.value, self = kept('deskwatch_me');
    mine.hidden = !fields.agent;
    mine.setAttribute('aria-pressed', !!self && agent === self);
    $('me').hidden = !agent || agent === 'none' || agent === self;
  }
  form.onsubmit = function (e) { e.preventDefault(); filter(); };
  form.onchange = filter;
  form.oninput = function () { clearTimeout(typing); typing = setTimeout(filter, 250); };
  mine.onclick = function () {
    var self = kept('deskwatch_me');
    fold.open = fold.open || !self;
    if (!self) { fields.agent.focus(); tell(say('Choose yourself as agent, then press “This is me”.')); return; }
    fields.agent.value = fields.agent.value === self ? '' : self;
    filter();
  };
  $('me').onclick = function () {
    kept('deskwatch_me', fields.agent.value);
    mine.focus();
    dress();
  };
  /* Folded or not is remembered under Ticket Dash's key; on phones it begins folded */
  fold.open = (kept('sidebar_collapsed') || '' + (html.clientWidth < 641)) !== 'true';
  fold.ontoggle = function () { kept('sidebar_collapsed', !fold.open); };
  dress();

  /* Tooltip: on hover and focus of a ticket's links; Esc closes it, the mouse may enter */
  function untip() {
    clearTimeout(later);
    if (anchor) { anchor.removeAttribute('aria-describedby'); }
    anchor = null;
    tip.hidden = true;
  }
  function look(node) {
    clearTimeout(later);
    if (node === anchor) { return; }
    later = setTimeout(function () {
      untip();
      anchor = node;
      load(keyOf(node), '/tip', tip, function () { setTimeout(place, 0); return anchor === node && doc.contains(node); });
    }, 200);
  }
  function place() {
    var at = anchor && anchor.getBoundingClientRect(), below;
    if (!at) { return; }
    tip.hidden = false;
    anchor.setAttribute('aria-describedby', 'tip');
    below = at.bottom + tip.offsetHeight + 8 < html.clientHeight;
    tip.style.left = Math.max(4, Math.min(at.left, html.clientWidth - tip.offsetWidth - 8)) + 'px';
    tip.style.top = window.pageYOffset + (below ? at.bottom + 4 : Math.max(4, at.top - tip.offsetHeight - 4)) + 'px';
  }
  function leave() { clearTimeout(later); if (anchor) { later = setTimeout(untip, 300); } }
  ['mouseover', 'focusin'].forEach(function (event) {
    on(event, function (e) {
      var node = near(e.target, 'td.id a, td.id span, td.subject a');
      if (node) { look(node); } else if (tip.contains(e.target)) { clearTimeout(later); } else if (anchor !== doc.activeElement) { leave(); }
    });
  });
  on('focusout', leave);

  /* Panel: the page of a ticket beside the board. The address says which (#t=KEY), so Back closes it. */
  function route() {
    var before = shown, said = /^#t=(.+)/.exec(location.hash);
    try { shown = said ? decodeURIComponent(said[1]) : ''; } catch (broken) { shown = ''; }
    untip();
    panel.hidden = !shown;
    if (shown) { if (shown !== before) { panel.focus(); fetch(); } return; }
    if (before && (panel.contains(doc.activeElement) || doc.activeElement === doc.body)) {
      rows().forEach(function (row) { if (keyOf(row) === before) { enter(row); } });
    }
  }
  function close() {
    history.replaceState(null, '', location.pathname + location.search);
    route();
  }
  function fetch() {
    var key = shown;
    load(key, '', $('ticket'), function () { return key === shown; });
  }
  function rows() { return [].slice.call(doc.querySelectorAll('tr[data-k]')); }
  function enter(row) { row.querySelector('td.subject a, td.id a, td.id span').focus(); }
  window.onhashchange = route;
  dw.on('shown', function () {
    if (anchor && !doc.contains(anchor)) { untip(); }
    if (shown) { fetch(); }
  });
  /* Copies by selecting: plain HTTP has no other clipboard */
  function copy(node) {
    getSelection().selectAllChildren(node);
    if (doc.execCommand('copy')) { tell(say('Copied {0}', node.textContent)); }
    getSelection().removeAllRanges();
  }
  on('click', function (e) {
    var at = e.target, link = near(at, 'a'), plain = !(e.ctrlKey || e.metaKey || e.shiftKey);
    if (near(at, '.copy')) { copy(near(at, '.copy').querySelector('b')); }
    else if (near(at, '#panel .x')) { close(); }
    else if (link && plain && near(at, 'td.subject')) { e.preventDefault(); location.hash = 't=' + encodeURIComponent(keyOf(at)); }
    else if (link && plain && /^\?/.test(link.getAttribute('href'))) { e.preventDefault(); follow(link.search); }
    else if (shown && !panel.contains(at)) { close(); }
  });

  /* Keys; single letters can be switched off in the list that ? shows */
  function step(by) {
    var all = rows();
    if (all[0]) { enter(all[Math.max(0, Math.min(all.length - 1, all.indexOf(near(doc.activeElement, 'tr')) + by))]); }
  }
  on('keydown', function (e) {
    var key = e.key, at = e.target, row = near(at, 'tr[data-k]') || shown && panel, node;
    if (key === 'Escape') {
      if (tip.hidden) { close(); } else { untip(); }
    } else if (!(e.ctrlKey || e.metaKey || e.altKey || /INPUT|SELECT/.test(at.tagName) || key.length < 2 && kept('deskwatch_keys') === 'off')) {
      if (key === 'j' || key === 'ArrowDown' && keyOf(at)) { step(1); }
      else if (key === 'k' || key === 'ArrowUp' && keyOf(at)) { step(-1); }
      else if (key === '/') { fold.open = true; fields.q.select(); }
      else if (key === '?') { location.hash = 'keys'; }
      else if (/^[oc]$/.test(key) && row) {
        node = row.querySelector('.id a, .id span, .ref a, .ref b');
        if (key === 'c') { copy(node); } else { node.click(); }
      } else { return; }
      e.preventDefault();
    }
  });
  $('letters').checked = kept('deskwatch_keys') !== 'off';
  $('letters').onchange = function () { kept('deskwatch_keys', this.checked ? 'on' : 'off'); };
  route();
})();

/* The living part of a wall. The page is complete without it; this makes times tick, fetches rows when the pulse
   names others, and says in words when what is shown cannot be relied on. ES5 syntax: TVs of 2018 run Chromium 53. */
(function () {
  'use strict';
  var body = document.body;
  var board = body.getAttribute('data-board');
  var root = body.getAttribute('data-root');
  var every = +body.getAttribute('data-poll') || 1000;
  var HIDDEN = 15000;      // ms between polls of a tab nobody sees
  var PATIENCE = 6000;     // ms an answer may take
  var LOST = 8000;         // ms without an answer until the server counts as lost
  var pulse = null, etag = null, version = body.getAttribute('data-version');
  var offset = 0;          // ms to add to this browser's clock to get the server's
  var heard = Date.now();  // when the server last answered, on this browser's clock
  var failed = '';         // how it failed since
  var known = printed($('wall'));
  var timer = null, fetching = false;
  var hooks = { pulse: [], shown: [], tick: [] };

  function $(id) { return document.getElementById(id); }
  function now() { return Date.now() + offset; }
  function text(node, words) { if (node && node.textContent !== words) { node.textContent = words; } }
  function two(n) { return n < 10 ? '0' + n : '' + n; }
  /* The time of day in the wall's zone, which is the server's business and not this browser's */
  function clock(ms) {
    var d = new Date(ms + (pulse ? pulse.utc_offset : -60 * new Date(ms).getTimezoneOffset()) * 1000);
    return two(d.getUTCHours()) + ':' + two(d.getUTCMinutes()) + ':' + two(d.getUTCSeconds());
  }

  /* "1 h 05 m": at most two units, the second always two digits wide so that columns stay calm; long: "14 min" */
  function lasting(ms, long) {
    var s = Math.max(0, Math.floor(ms / 1000)), m = Math.floor(s / 60), h = Math.floor(m / 60), d = Math.floor(h / 24);
    if (long && m && m < 60) { return m + ' min'; }
    if (d > 9) { return d + ' d'; }
    if (d) { return d + ' d ' + two(h % 24) + ' h'; }
    if (h) { return h + ' h ' + two(m % 60) + ' m'; }
    if (m > 9) { return m + ' m'; }
    return m ? m + ' m ' + two(s % 60) + ' s' : s + ' s';
  }

  /* Times: whatever has data-t (seconds since 1970) says how long ago that is; "at" only drops today's date, and the
     chip before it counts to it. The words of the server are kept for the tooltip and for tomorrow. */
  function tick() {
    var t = now(), times = document.querySelectorAll('main [data-t]'), i, node, at, words;
    for (i = 0; i < times.length; i++) {
      node = times[i];
      at = node.getAttribute('data-t');
      if (node.dwAt !== at) { node.dwAt = at; node.dwWords = node.textContent; }
      words = node.dwWords;
      at *= 1000;
      if (node.className === 'at') {
        text(node, pulse && words.indexOf(pulse.today + ' ') === 0 ? words.slice(pulse.today.length + 1) : words);
        text(node.parentNode.parentNode.querySelector('.left'), lasting(Math.abs(at - t)));
      } else {
        text(node, lasting(Math.abs(t - at)));
        if (!node.title) { node.title = words; }
      }
    }
    standing(t);
  }

  /* The header: age of the data, and the banners that only a browser can know about */
  function standing(t) {
    var worst = '', oldest = null, i, s, age, silent = Date.now() - heard;
    var data = pulse ? pulse.data : [];
    for (i = 0; i < data.length; i++) {
      s = data[i];
      age = s.last_good_at ? t - Date.parse(s.last_good_at) : null;
      if (age < -60000) { age = null; } // its clock was set back
      if (age === null || age >= s.stale_after * 1000) { worst = 'stop'; }
      else if (age >= s.amber_after * 1000 && worst !== 'stop') { worst = 'warn'; }
      if (age !== null && (oldest === null || age > oldest)) { oldest = Math.max(0, age); }
    }
    if (pulse) {
      text($('age').querySelector('span'), oldest === null ? 'No data yet' : 'Data ' + lasting(oldest, true) + ' old');
      banner('old', worst === 'stop' && oldest !== null, 'DATA ' + lasting(oldest, true) + ' OLD', 'Do not rely on what is shown. Last good answer ' + clock(t - oldest) + '.');
    }
    banner('lost', silent > LOST, 'CONNECTION LOST', 'This screen has not heard from the Deskwatch server since ' + clock(heard + offset) + ' (' + lasting(silent, true) + ')' + (failed ? ', ' + failed : '') + '. It keeps trying.');
    if (silent > LOST) { worst = 'lost'; }
    if (pulse) { body.className = worst; } else if (worst) { body.className = worst; }
    text($('clock'), clock(t));
    tell('tick', t);
  }

  function banner(kind, shown, title, words) {
    var p = $('b-' + kind);
    if (shown && !p) {
      p = line('stop', '', '');
      p.id = 'b-' + kind;
      $('alarms').appendChild(p);
    } else if (!shown && p) { p.parentNode.removeChild(p); }
    if (shown) {
      text(p.querySelector('b'), title);
      text(p.querySelector('span'), words);
    }
  }

  function line(level, title, words) {
    var p = $('trouble').cloneNode(true);
    p.removeAttribute('id');
    p.hidden = false;
    p.className = 'trouble ' + level;
    p.querySelector('b').textContent = title;
    p.querySelector('span').textContent = words;
    return p;
  }

  function troubles(list) {
    var box = $('troubles'), key = JSON.stringify(list), i;
    if (box.dwKey === key) { return; }
    box.dwKey = key;
    box.textContent = '';
    for (i = 0; i < list.length; i++) { box.appendChild(line(list[i].level, list[i].title, list[i].words)); }
  }

  /* Rows: parsed by the browser as a document of its own (nothing in it runs), then morphed into place */
  function show(doc) {
    var fresh = doc && doc.getElementById('wall'), focus = document.activeElement;
    if (!fresh) { return false; }
    fresh = document.importNode(fresh, true);
    var next = printed(fresh);
    morphdom($('wall'), fresh, {
      getNodeKey: function (node) { return node.getAttribute && (node.getAttribute('data-k') || node.id); },
      onBeforeElUpdated: function (from, to) {
        var key = to.getAttribute('data-k');
        return key === null || known[key] !== next[key];
      }
    });
    known = next;
    tell('shown', fresh);
    if (focus && focus !== document.activeElement && document.contains(focus)) { focus.focus(); }
    tick();
    return true;
  }

  /* Rows as the server printed them, by ticket: a row that was not printed anew is not touched */
  function printed(wall) {
    var trs = wall.querySelectorAll('tr[data-k]'), found = {}, i;
    for (i = 0; i < trs.length; i++) { found[trs[i].getAttribute('data-k')] = trs[i].outerHTML; }
    return found;
  }

  /* Where a board's pulse and rows live, with this reader's wishes: "pulse" or "rows" */
  function place(what) { return body.getAttribute('data-' + what).replace('{board}', encodeURIComponent(board)) + location.search; }
  function tell(event, about) { for (var i = 0; i < hooks[event].length; i++) { hooks[event][i](about); } }

  function get(url, type, done) {
    var x = new XMLHttpRequest();
    x.open('GET', url);
    x.timeout = PATIENCE;
    if (type === 'document') { x.responseType = type; }
    else if (etag && type === 'pulse') { x.setRequestHeader('If-None-Match', etag); }
    x.onload = function () { done(x); };
    x.onerror = x.ontimeout = function () { done(null); };
    x.send();
  }

  function alive(x) {
    if (x && (x.status === 200 || x.status === 304)) { heard = Date.now(); failed = ''; return true; }
    failed = !x ? 'no answer' : x.status === 403 ? 'access was withdrawn (HTTP 403)' : 'it answers HTTP ' + x.status;
    return false;
  }

  function poll() {
    clearTimeout(timer);
    if (fetching) { return; }
    fetching = true;
    var asked = Date.now();
    get(place('pulse'), 'pulse', function (x) {
      var next = null;
      if (alive(x) && x.status === 200) {
        try { next = JSON.parse(x.responseText); } catch (broken) { failed = 'its answer makes no sense'; }
      }
      if (next) {
        offset = Date.parse(next.now) - (asked + Date.now()) / 2;
        if (Math.abs(offset) < 1000) { offset = 0; }
        if (next.build !== body.getAttribute('data-build')) { location.reload(); return; }
        pulse = next;
        etag = x.getResponseHeader('ETag');
        troubles(next.trouble);
        tell('pulse', pulse);
        if (next.version !== version) { rows(next.version); return; }
      }
      rest();
    });
  }

  function rows(wanted) {
    get(place('rows'), 'document', function (x) {
      if (alive(x) && x.status === 200 && show(x.response)) { version = wanted; } else { etag = null; }
      rest();
    });
  }

  function rest() {
    fetching = false;
    timer = setTimeout(poll, document.hidden ? HIDDEN : every);
    tick();
  }

  /* Theme: two looks, remembered under the keys of Ticket Dash */
  function isLight() {
    var chosen = document.documentElement.className;
    return chosen ? chosen === 'light-mode' : !!(window.matchMedia && matchMedia('(prefers-color-scheme: light)').matches);
  }
  function label() { $('theme').setAttribute('aria-label', isLight() ? 'Switch to dark theme' : 'Switch to light theme'); }
  $('theme').hidden = false;
  $('theme').onclick = function () {
    var choice = isLight() ? 'dark-mode' : 'light-mode';
    document.documentElement.className = choice;
    try { localStorage.setItem('theme', choice); } catch (blocked) { /* lasts as long as the page */ }
    label();
  };
  label();

  document.addEventListener('visibilitychange', function () { if (!document.hidden) { poll(); } });
  window.addEventListener('online', poll);

  /* What desk.js and kiosk.js build on */
  window.deskwatch = {
    now: now, text: text, two: two, clock: clock, lasting: lasting, get: get, root: root,
    board: function () { return board; },
    pulse: function () { return pulse; },
    /* events: pulse (the new pulse), shown (rows were replaced), tick (ms since 1970, each second) */
    on: function (event, hook) { hooks[event].push(hook); },
    /* shows another board, or the same one for other wishes in the address */
    go: function (id) { board = id || board; etag = version = null; poll(); },
    isLight: isLight
  };
  setInterval(tick, 1000);
  tick();
  poll();
})();

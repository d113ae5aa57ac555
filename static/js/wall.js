/* The living part of a wall. The page is complete without it; this makes times tick, fetches rows when the pulse
   names others, and says in words when what is shown cannot be relied on. ES5 syntax: TVs of 2018 run Chromium 53. */
(function () {
  'use strict';
  var dw = window.deskwatch, asked = dw.asked, wrong = dw.wrong, html = document.documentElement, body = document.body;
  var board = body.getAttribute('data-board'), root = body.getAttribute('data-root'), builds = {};
  var every = +body.getAttribute('data-poll') || 1000;
  var HIDDEN = 15000;      // ms between polls of a tab nobody sees
  var PATIENCE = 6000;     // ms an answer may take
  var LOST = 8000;         // ms that an answer may be late until the server counts as lost
  var SLEPT = 30000;       // ms between two ticks of a machine that slept
  var FRESH = 60000;       // ms in which a new urgent ticket is marked as new
  var pulse = null, etag = null, version = body.getAttribute('data-version');
  var offset = 0;          // ms to add to this browser's clock to get the server's
  var heard = Date.now();  // when the server last answered, on this browser's clock
  var failed = '';         // how it failed since
  var ticked = heard, began = heard, late = LOST, urgent = null, renewing = null;
  var timer = null, fetching = null;
  var hooks = { pulse: [], shown: [], tick: [] };
  var heading = document.querySelector('h1').lastChild, title = heading.nodeValue, news = document.createElement('p');

  function $(id) { return document.getElementById(id); }
  function now() { return Date.now() + offset; }

  /* A text that stays a node of its own costs a browser a fraction of one that is made anew */
  function text(node, words) {
    var only = node && node.firstChild;
    if (!node || node.textContent === words) { return; }
    if (only && only.nodeType === 3 && !only.nextSibling) { only.nodeValue = words; } else { node.textContent = words; }
  }
  function two(n) { return n < 10 ? '0' + n : '' + n; }

  /* The words in the page's language; {0} {1} are replaced by what else is given */
  function say(words) {
    var values = arguments;
    return ((window.DESKWATCH_WORDS || {})[words] || words).replace(/\{(\d)\}/g, function (all, n) { return values[+n + 1]; });
  }

  /* A date whose UTC is the time in the wall's zone, which is the server's business and not this browser's */
  function local(ms) { return new Date(ms + (pulse ? pulse.utc_offset : -60 * new Date(ms).getTimezoneOffset()) * 1000); }
  function clock(ms) {
    var d = local(ms);
    return two(d.getUTCHours()) + ':' + two(d.getUTCMinutes()) + ':' + two(d.getUTCSeconds());
  }

  /* "1 h 05 m": at most two units, the second always two digits wide so that columns stay calm; long: "14 min" */
  function lasting(ms, long) {
    var s = Math.max(0, Math.floor(ms / 1000)), m = Math.floor(s / 60), h = Math.floor(m / 60), d = Math.floor(h / 24);
    if (long && m && m < 60) { return say('{0} min', m); }
    if (d) { return d > 9 ? say('{0} d', d) : say('{0} d {1} h', d, two(h % 24)); }
    if (h) { return say('{0} h {1} m', h, two(m % 60)); }
    if (m) { return m > 9 ? say('{0} m', m) : say('{0} m {1} s', m, two(s % 60)); }
    return say('{0} s', s);
  }

  /* Times: whatever has data-t (seconds since 1970) says how long ago that is; "at" only drops today's date, and the
     chip before it counts to it. The words of the server are kept for the tooltip and for tomorrow. What is further
     away than ten minutes says other words once a minute, and is left alone in between. */
  function times(root, t) {
    var nodes = root.querySelectorAll('[data-t]'), today = pulse && pulse.today + ' ', i, node, at, seen, words, away;
    for (i = 0; i < nodes.length; i++) {
      node = nodes[i];
      at = node.getAttribute('data-t');
      away = Math.abs(at * 1000 - t);
      words = away < 600000 ? Math.floor(away / 1000) : -Math.floor(away / 60000);
      seen = node.dwTime;
      if (!seen || seen.at !== at) { seen = node.dwTime = { at: at, words: node.textContent.trim() }; }
      else if (seen.left === words && seen.today === today) { continue; }
      seen.left = words;
      seen.today = today;
      words = seen.words;
      if (node.className === 'at') {
        text(node, today && words.indexOf(today) === 0 ? words.slice(today.length) : words);
        text(leftOf(node.parentNode.parentNode), lasting(away));
      } else {
        text(node, lasting(away));
        if (!node.title) { node.title = words; }
      }
    }
    nodes = root.querySelectorAll('tr[data-n]');
    for (i = 0; i < nodes.length; i++) { nodes[i].classList.toggle('new', t - nodes[i].getAttribute('data-n') * 1000 < FRESH); }
  }

  /* Where a ticket says how much time is left: only a browser that counts makes that place */
  function leftOf(cell) {
    var chip = cell.querySelector('.chip'), left = cell.querySelector('.left');
    if (chip && !left) {
      chip.appendChild(document.createTextNode(' '));
      left = chip.appendChild(document.createElement('b'));
      left.className = 'left';
    }
    return left;
  }

  function tick() {
    var t = now();
    times(document, t);
    standing(t);
    if (pulse && pulse.build !== builds[pulse.board]) { renew(30000); }
    if (Date.now() - ticked > SLEPT || fetching && overslept()) { // an answer that was on its way before the sleep may never come
      if (fetching) { fetching.abort(); fetching = null; }
      poll();
    }
    ticked = Date.now();
  }

  /* The header: age of the data, and the banners that only a browser can know about */
  function standing(t) {
    var worst = '', oldest = null, stale = null, old = [], i, s, li, age, bad, silent = Date.now() - heard;
    var data = pulse ? pulse.data : [];
    for (i = 0; i < data.length; i++) {
      s = data[i];
      age = s.last_good_at ? t - Date.parse(s.last_good_at) : null;
      age = age < -60000 || age === null ? null : Math.max(0, age); // its clock was set back, or it was never read
      bad = age === null || age >= s.stale_after * 1000;
      if (bad) {
        old.push(s.title);
        if (age !== null) { stale = Math.max(stale, age); }
      }
      if (bad || age >= s.amber_after * 1000) { worst = 'warn'; }
      li = $('src-' + s.source);
      if (li) {
        li.className = s.words || bad ? 'late' : '';
        text(li.querySelector('span'), s.words || (age === null ? say('No data yet') : lasting(age)));
      }
      if (age !== null) { oldest = Math.max(oldest, age); }
    }
    if (old[0] && old.length === data.length) { worst = 'stop'; } // one helpdesk of several takes no colour from the others
    if (pulse) { text($('age').querySelector('span'), oldest === null ? say('No data yet') : say('Data {0} old', lasting(oldest, true))); }
    banner('old', stale !== null, say('DATA {0} OLD', lasting(stale, true)), data[1] ?
      say('Do not rely on the tickets of {1}. Last good answer {0}.', clock(t - stale), old.join(', ')) :
      say('Do not rely on what is shown. Last good answer {0}.', clock(t - stale)));
    banner('lost', silent > late, say('CONNECTION LOST'), say('This screen has not heard from the Deskwatch server since {0} ({1}){2}. It keeps trying.',
      clock(heard + offset), lasting(silent, true), failed && ', ' + failed));
    if (silent > late) { worst = 'lost'; }
    if (pulse || worst) { body.className = worst; }
    dw.face(t);
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

  function line(level, title, words, kind) {
    var p = $('trouble').cloneNode(true);
    p.removeAttribute('id');
    p.hidden = false;
    p.className = 'trouble ' + level + (kind ? ' is-' + kind : '');
    p.querySelector('b').textContent = title;
    p.querySelector('span').textContent = words;
    return p;
  }

  /* A line that is still true stays the same line, so that whoever opened it reads on */
  function troubles(list) {
    var box = $('troubles'), lines = box.children, key = JSON.stringify(list), i;
    function same(a, b) { return a.className === b.className && a.querySelector('b').textContent === b.querySelector('b').textContent; }
    if (box.dwKey === key) { return; }
    box.dwKey = key;
    list = list.map(function (t) { return line(t.level, t.title || '', t.words, t.kind); });
    for (i = lines.length; i--;) {
      if (!list.some(function (p) { return same(p, lines[i]); })) { box.removeChild(lines[i]); }
    }
    for (i = 0; i < list.length; i++) {
      if (lines[i] && same(list[i], lines[i])) { text(lines[i].querySelector('span'), list[i].querySelector('span').textContent); } else { box.insertBefore(list[i], lines[i] || null); }
    }
    while (lines[i]) { box.removeChild(lines[i]); }
  }

  /* A small line that stays as long as it is true; no words: it goes */
  function hint(id, words) {
    var p = $('hint-' + id);
    if (words && !p) {
      p = document.createElement('p');
      p.id = 'hint-' + id;
      p.className = 'notice';
      $('troubles').parentNode.appendChild(p);
    }
    if (words) { text(p, words); } else if (p) { p.parentNode.removeChild(p); }
  }

  /* Rows: parsed by the browser as a document of its own (nothing in it runs), told the time, then the wall becomes what
     they say. An empty row stands for one that is here already. */
  function show(doc) {
    var fresh = doc && doc.getElementById('wall'), focus = document.activeElement, wall = $('wall'), here = named(wall), next, name;
    if (!fresh || pulse.now && !fresh.querySelector('.csv')) { return false; } // without its last line it was cut off on the way
    next = named(document.adoptNode(fresh));
    for (name in next) {
      if (here[name]) {
        if (here[name].classList.contains('away')) { next[name].classList.add('away'); } // kiosk.js turns the pages
      } else if (isPlace(next[name])) { wall.removeAttribute('data-v'); return false; }
    }
    times(fresh, now());
    for (name in here) { if (!next[name]) { here[name].parentNode.removeChild(here[name]); } }
    become(wall, fresh, here);
    tell('shown', wall);
    if (focus && focus !== document.activeElement && document.contains(focus)) { focus.focus(); }
    return true;
  }
  function isPlace(node) { return !node.firstChild && node.hasAttribute('data-k'); }

  /* What stays itself wherever it goes: rows by their ticket, the rest by its id */
  function nameOf(node) {
    var name = node.nodeType === 1 && (node.getAttribute('data-k') || node.id);
    return name ? node.nodeName + name : '';
  }
  function named(root) {
    var found = {}, nodes = root.querySelectorAll('tr[data-k],[id]'), i;
    for (i = 0; i < nodes.length; i++) { found[nameOf(nodes[i])] = nodes[i]; }
    return found;
  }

  function namesOf(node) { return node.getAttributeNames ? node.getAttributeNames() : [].map.call(node.attributes, function (each) { return each.name; }); }

  /* Makes a node what a fresh one is, and touches nothing that is so already. morphdom looks at each of some thousand
     nodes; this one asks the browser which rows and cells are equal: a slow TV changes two hundred rows unnoticed. */
  function become(node, fresh, here) {
    var at = node.firstChild, names, i, part, next, name, same;
    if (isPlace(fresh) || node.isEqualNode(fresh)) { return; }
    for (names = namesOf(fresh), i = 0; i < names.length; i++) {
      name = fresh.getAttribute(names[i]);
      if (node.getAttribute(names[i]) !== name) { node.setAttribute(names[i], name); }
    }
    if (node.attributes.length > i) {
      namesOf(node).forEach(function (each) { if (names.indexOf(each) < 0) { node.removeAttribute(each); } });
    }
    node.dwTime = fresh.dwTime;
    for (part = fresh.firstChild; part; part = next) {
      next = part.nextSibling;
      if (part.nodeType === 3 && node.nodeName === 'TBODY') { continue; } // blanks between rows
      name = nameOf(part);
      same = name ? here[name] : at && at.nodeName === part.nodeName && !nameOf(at) && at;
      if (same && same !== at) {
        if (at && same === at.nextSibling) {
          if (!nameOf(at)) { node.removeChild(at); } // what has a name goes where it is named
          at = same;
        } else { node.insertBefore(same, at); }
      }
      if (same && same === at) { at = at.nextSibling; }
      if (!same) { node.insertBefore(adopt(part, here), at); }
      else if (same.nodeType === 1) { become(same, part, here); }
      else if (same.nodeValue !== part.nodeValue) { same.nodeValue = part.nodeValue; }
    }
    for (; at; at = next) {
      next = at.nextSibling;
      node.removeChild(at);
    }
  }
  /* A table that was not there takes the rows that were */
  function adopt(part, here) {
    var rows = part.nodeType === 1 ? part.querySelectorAll('tr[data-k]') : [], i, same;
    for (i = 0; i < rows.length; i++) {
      same = here[nameOf(rows[i])];
      if (same) {
        become(same, rows[i], here);
        rows[i].parentNode.replaceChild(same, rows[i]);
      }
    }
    return part;
  }

  /* Where a board's pulse and rows live, with this reader's wishes: "pulse" or "rows" */
  function place(what, id) { return body.getAttribute('data-' + what).replace('{board}', encodeURIComponent(id || board)) + location.search; }
  function tell(event, about) { for (var i = 0; i < hooks[event].length; i++) { hooks[event][i](about); } }

  function get(url, type, done, tag) {
    var x = new XMLHttpRequest();
    x.open('GET', url);
    x.timeout = PATIENCE;
    x.setRequestHeader('Cache-Control', 'max-age=0'); // a copy that is still the truth need not travel again
    if (type === 'document') { x.responseType = type; }
    if (tag) { x.setRequestHeader('If-None-Match', tag); }
    x.onload = function () { done(x); };
    x.onerror = x.ontimeout = function () { done(null); };
    x.send();
    return x;
  }

  function fails(x) {
    failed = !x ? say('no answer') : x.status === 403 ? say('access was withdrawn (HTTP 403)') :
      x.status === 200 ? say('its answer makes no sense') : say('it answers HTTP {0}', x.status);
    rest();
  }

  /* Whether this machine slept since it asked: what comes now is as old as its sleep */
  function overslept() { return Date.now() - began > SLEPT; }

  function poll() {
    clearTimeout(timer);
    if (fetching) { return; }
    var sent = began = Date.now(), whose = board;
    fetching = get(place('pulse'), 'pulse', function (x) {
      var next = null, date;
      if (whose !== board || overslept()) { rest(1); return; }
      if (x && x.status === 304) { settled(); return; }
      try { next = x && x.status === 200 && JSON.parse(x.responseText); } catch (broken) { /* said below */ }
      if (!next || !next.counts || !next.data || !next.trouble) { fails(x); return; }
      date = next.now || x.getResponseHeader('Date'); // a page without a server goes by the file server's clock
      offset = date ? Date.parse(date) - (sent + Date.now()) / 2 : 0;
      if (Math.abs(offset) < (next.now ? 1000 : 3000)) { offset = 0; }
      pulse = next;
      next.board = board;
      builds[board] = builds[board] || next.build; // each board has its own: its title is part of the page
      troubles(next.trouble.concat(next.notice || []));
      daylight();
      tell('pulse', pulse);
      if (next.version === version) { etag = x.getResponseHeader('ETag'); settled(); } else { rows(whose); }
    }, etag);
  }

  function rows(whose) {
    var wanted = pulse.version, has = pulse.now && $('wall').getAttribute('data-v'), url = place('rows');
    if (has) { url += (location.search ? '&' : '?') + 'have=' + encodeURIComponent(has); }
    etag = null;
    fetching = get(url, 'document', function (x) {
      if (whose !== board || overslept()) { rest(1); return; }
      if (!x || x.status !== 200 || !show(x.response)) { fails(x); return; }
      version = wanted;
      settled();
    });
  }

  /* What is shown is what the server has */
  function settled() {
    heard = Date.now();
    failed = '';
    if (pulse) { name(); announce(); }
    rest();
  }

  function rest(wait) {
    fetching = null;
    wait = wait || (document.hidden ? HIDDEN : every);
    late = wait + LOST;
    timer = setTimeout(poll, wait);
    tick();
  }

  /* Whose wall, in the header and in the tab, where the overdue tickets count */
  function name() {
    var due = pulse.counts.states.overdue, words = asked.title || pulse.title || title, icon = document.querySelector('link[rel=icon]');
    if (heading.nodeValue !== words) { heading.nodeValue = words; }
    document.title = (due ? '(' + due + '!) ' : '') + words + ' · Deskwatch';
    words = icon.href.replace(/icon(-alert)?\.svg/, due ? 'icon-alert.svg' : 'icon.svg');
    if (icon.href !== words) { icon.href = words; }
  }

  /* Said by screen readers: urgent tickets that came while this board was open */
  function announce() {
    var next = pulse.news && pulse.news.urgent, at = next ? Date.parse(next.at) : 0;
    if (urgent && urgent.board === board && at > urgent.at) { text(news, say('New urgent ticket {0}: {1}', next.number, next.subject)); }
    urgent = { board: board, at: Math.max(at, urgent && urgent.board === board ? urgent.at : 0) };
  }

  /* theme=auto: the server knows whether it is day; null: the system does */
  function daylight() {
    if (asked.theme !== 'auto' || pulse.day === undefined) { return; }
    html.className = pulse.day === null ? '' : pulse.day ? 'light-mode' : 'dark-mode';
    try { localStorage.setItem('deskwatch-day', html.className); } catch (blocked) { /* dark at the next start */ }
  }

  /* Loads this page anew within so many ms, if the server still gives it out and nobody is typing */
  function renew(within) {
    renewing = renewing || setTimeout(function () {
      get(location.href, 'page', function (x) {
        renewing = null;
        if (x && x.status === 200 && /data-board=/.test(x.responseText) && !/INPUT|SELECT/.test(document.activeElement.tagName)) { location.reload(); }
      });
    }, Math.random() * within);
  }

  /* On phones the sentence of a trouble is folded under its title */
  $('troubles').addEventListener('click', function (e) {
    var p = e.target, fold;
    while (p !== this && p.parentNode !== this) { p = p.parentNode; }
    fold = p.querySelector('button');
    fold.setAttribute('aria-expanded', fold.getAttribute('aria-expanded') === 'false');
  });
  document.addEventListener('visibilitychange', function () { if (!document.hidden) { poll(); } });
  window.addEventListener('online', poll);

  /* What desk.js and kiosk.js build on */
  window.deskwatch = dw = {
    asked: asked, now: now, text: text, two: two, clock: clock, local: local, lasting: lasting, say: say, get: get, place: place, hint: hint, renew: renew, root: root,
    board: function () { return board; },
    pulse: function () { return pulse; },
    /* ms between this screen's clock and the server's */
    offset: function () { return offset; },
    /* shows the time; kiosk.js shows the date as well */
    face: function (t) { text($('clock'), clock(t)); },
    /* events: pulse (the new pulse), shown (rows were replaced), tick (ms since 1970, each second) */
    on: function (event, hook) { hooks[event].push(hook); },
    /* shows another board, or the same one for other wishes in the address */
    go: function (id) {
      board = id || board;
      etag = version = null;
      $('wall').removeAttribute('data-v');
      poll();
    }
  };
  builds[board] = body.getAttribute('data-build');
  news.className = 'skip';
  news.id = 'news';
  news.setAttribute('role', 'status');
  $('troubles').parentNode.appendChild(news);
  if (!html.hasAttribute('data-kiosk')) {
    ['sound', 'clock', 'shift', 'dim'].forEach(function (name) {
      if (asked[name]) { hint('only-' + name, say('“{0}” is for kiosks: add kiosk=1.', name)); }
    });
  }
  for (var i = 0; i < wrong.length; i++) { hint('asked' + i, say.apply(null, wrong[i])); }
  setInterval(tick, 1000);
  tick();
  poll();
})();

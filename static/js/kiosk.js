/* The unattended part of a wall: pages, boards in turn, sound, burn-in. Loaded after wall.js, on kiosks only. */
(function () {
  'use strict';
  var dw = window.deskwatch, asked = dw.asked, say = dw.say, html = document.documentElement, body = document.body;
  var LOOK = 5000;         // ms between two looks at a board that is not shown
  var IDLE = 3000;         // ms until the mouse pointer goes
  var HANDS_OFF = 10000;   // ms without turning pages after somebody moved the mouse
  var OLD = 7200000;       // ms from which on a page is loaded anew at night
  var DRIFT = 30000;       // ms that a screen's clock may be wrong before anybody is told
  var SIZES = asked.size === 'auto' ? ['5m', '3m', 'desk'] : [asked.size];
  var TONES = { urgent: [880, 1175, 1568], breach: [440, 330, 440, 330] };
  var born = Date.now(), moved = 0, where = '', looked = 0, rung = born, audio = null, heard = { told: [] };
  var boards = [], blocks = [], pages = [], order = [], step = 0, page = 0, due = Infinity, room = 0, reach = 0, jumps = [], jump = null, opening = false, sure = false;
  var dots = document.createElement('p');
  if (!html.hasAttribute('data-kiosk')) { return; }

  function wall() { return document.getElementById('wall'); }
  function all(node, what) { return [].slice.call(node.querySelectorAll(what)); }
  function tall(node) { return node.getBoundingClientRect().height; }
  function top(node) { return node.getBoundingClientRect().top; }

  /* 1. Boards in turn: rotate=helpdesk:30,ps:30, or rotate=20 for the seconds of each page */
  function turn(id) { return boards.filter(function (b) { return b.id === id; })[0] || {}; }
  function seconds() { return 1000 * (turn(dw.board()).seconds || +asked.rotate || dw.pulse() && dw.pulse().page_seconds || 15); }
  if (asked.rotate && !(+asked.rotate >= 3)) {
    asked.rotate.split(',').forEach(function (part) {
      var m = /^\s*([\w-]+)(?::(\d+))?\s*$/.exec(part);
      if (m && !(m[2] < 3)) { boards.push({ id: m[1], seconds: +m[2] }); } else { dw.hint('rotate', say('“{0}={1}” is not understood: expected {2}.', 'rotate', part, 'helpdesk:30,ps:30 | 20')); }
    });
  }
  if (!boards.length) { boards.push({ id: dw.board() }); }
  function look() {
    boards.forEach(function (b) {
      if (b.id === dw.board()) { return; }
      dw.get(dw.place('pulse', b.id), 'pulse', function (x) {
        var p = null;
        if (!x || x.status !== 304 && x.status !== 200 && x.status !== 404) { return; }
        b.known = x.status !== 404;
        dw.hint('board-' + b.id, b.known ? '' : say('There is no board “{0}”.', b.id));
        try { p = x.status === 200 && JSON.parse(x.responseText); } catch (broken) { /* asked again */ }
        if (p) { b.etag = x.getResponseHeader('ETag'); hear(b.id, p); }
      }, b.etag);
    });
  }
  function following() {
    var ids = boards.filter(function (b) { return b.known || b.id === dw.board(); }), at = ids.indexOf(turn(dw.board()));
    return ids.length && (ids.length > 1 || at < 0) ? ids[(at + 1) % ids.length].id : null;
  }

  /* 2. Pages: what fits is measured; nothing is ever cut off. What waits for its page is taken to be as high as it was
     when it was last seen; show() finds out when it is not, and then everything is measured. */
  function measure() {
    var main = wall(), size = html.getAttribute('data-size'), sections, strange, first;
    function isStrange(node) { return !(node.dwHigh && size in node.dwHigh); }
    function appear(node) { node.classList.remove('away'); }
    function isAway(node) { return node.classList.contains('away'); }
    sections = [].filter.call(main.children, function (node) { return node.tagName === 'SECTION'; });
    strange = all(main, 'section, tbody tr, .more').filter(isStrange);
    strange.forEach(appear);
    if (strange[0]) { sections.forEach(appear); }
    blocks = sections.map(function (node, i) {
      var next = sections[i + 1], high = tall(node), known = node.dwHigh = node.dwHigh || {};
      var rows = all(node, 'tbody tr, .more').map(function (row) {
        var heights = row.dwHigh = row.dwHigh || {};
        if (!isAway(node) && !isAway(row)) { high -= heights[size] = tall(row); }
        return { node: row, high: heights[size] };
      });
      if (!isAway(node)) {
        first = first || node;
        known[size] = { head: high, gap: !next ? 0 : isAway(next) ? known[size].gap : top(next) - top(node) - tall(node) }; // no gap below the last one of a page
      }
      known = known[size];
      return { node: node, rows: rows, head: known.head + known.gap, gap: known.gap, spare: !rows.length && node.querySelector('.empty'), on: {} };
    });
    return top(main) + tall(main) - top(first || main);
  }
  function forget() {
    all(wall(), 'tbody tr, .more, section').forEach(function (node) { node.dwHigh = null; });
    layout();
  }
  function isAsTaken(block) {
    var high = block.head - block.gap;
    block.rows.forEach(function (row) { if (row.page === page) { high += row.high; } });
    return !block.on[page] || Math.abs(tall(block.node) - high) < 0.5;
  }
  function split(high) {
    var at = null;
    pages = [];
    function put(block, size, fits) {
      if (at && fits(at)) { /* here */ } else { at = { left: high }; pages.push(at); }
      if (!block.on[pages.indexOf(at)]) { at.left -= block.head; block.on[pages.indexOf(at)] = true; }
      at.left -= size;
    }
    blocks.forEach(function (block) {
      function fits(size) { return function (p) { return p.left + block.gap + 0.5 >= size + (block.on[pages.indexOf(p)] ? 0 : block.head); }; }
      block.on = {};
      if (!block.rows.length && !block.spare) { put(block, 0, fits(0)); }
      block.rows.forEach(function (row) {
        put(block, row.high, fits(row.high));
        row.page = pages.length - 1;
        at.hot = at.hot || row.node.classList.contains('overdue');
      });
    });
    if (!at) { pages.push({ left: high }); }
    /* "No open tickets." is said where there is room for it */
    blocks.forEach(function (block) {
      for (var i = 0; block.spare && i < pages.length; i++) {
        if (pages[i].left + block.gap >= block.head) { block.on[i] = true; pages[i].left -= block.head; return; }
      }
    });
  }
  function layout() {
    var hot = [], cold = [], i, high, tight;
    dots.hidden = false;
    for (tight = 0; tight < 3; tight++) { // banners that leave the tickets too little are cut short, then the tiles go
      html[tight ? 'setAttribute' : 'removeAttribute']('data-tight', tight);
      for (i = 0; i < SIZES.length; i++) {
        if (asked.size === 'auto') { html.setAttribute('data-size', SIZES[i]); }
        high = measure();
        split(high + tall(dots));
        if (pages.length < 2) { break; }
        split(high);
      }
      if (pages.length < 2 || high > [0.5, 0.4, 0][tight] * window.innerHeight) { break; }
    }
    dots.hidden = pages.length < 2;
    room = wall().clientHeight;
    pages.forEach(function (p, n) { (p.hot ? hot : cold).push(n); });
    order = hot.concat(cold);
    if (hot.length && cold.length) { // what is overdue is seen every second turn, as long as there is something else
      for (order = [], i = 0; i < Math.max(hot.length, cold.length); i++) {
        order.push(hot[i % hot.length]);
        if (i < cold.length) { order.push(cold[i]); }
      }
    }
    blocks.forEach(function (block) {
      block.rows.forEach(function (row) {
        var found = jump && jump.until && row.node.getAttribute('data-k') === jump.key;
        row.node.classList.toggle('hit', !!found);
        if (found) { page = row.page; }
      });
    });
    page = Math.min(page, pages.length - 1);
    if (order[step] !== page) { step = order.indexOf(page, step) < 0 ? order.indexOf(page) : order.indexOf(page, step); }
    show();
  }
  function show() {
    var i, dot;
    blocks.forEach(function (block) {
      block.node.classList.toggle('away', !block.on[page]);
      block.rows.forEach(function (row) { row.node.classList.toggle('away', row.page !== page); });
    });
    wall().scrollTop = 0;
    if (!sure && !blocks.every(isAsTaken)) {
      sure = true;
      forget();
      sure = false;
      return;
    }
    dots.textContent = '';
    for (i = 0; i < pages.length && pages.length < 25; i++) {
      dot = dots.appendChild(document.createElement('i'));
      if (i === page) { dot.className = 'here'; }
    }
    dots.appendChild(document.createElement('b')).textContent = page + 1 + '/' + pages.length;
    reach = wall().scrollHeight; // the margin below the last row may be cut off
  }
  function forward() {
    var next = following();
    due = Date.now() + seconds();
    if (step + 1 >= order.length && next) { open(next); return; }
    step = (step + 1) % order.length;
    page = order[step];
    show();
  }
  function open(id) { // its first page is counted from when it is there
    page = step = 0;
    due = Date.now() + 2 * LOOK;
    opening = true;
    dw.go(id);
  }

  /* 3. News: a deadline that passed brings its row on screen, and is heard; so is a new urgent ticket */
  function hear(id, pulse) {
    var b = turn(id);
    b.quiet = pulse.quiet;
    b.unowned = pulse.news.unowned;
    ['urgent', 'breach'].forEach(function (kind) {
      var what = pulse.news[kind], at = what ? Date.parse(what.at) : 0, slot = kind + ' ' + id, first = !(slot in heard), name;
      if (at <= heard[slot]) { return; }
      heard[slot] = at;
      name = what && kind + what.key + at;
      if (!first && heard.told.indexOf(name) < 0) {
        ring(kind, b);
        if (kind === 'breach') { jumps = jumps.concat({ id: id, key: what.key }).slice(-3); }
        heard.told = heard.told.concat(name).slice(-50);
      }
      try { sessionStorage.setItem('deskwatch-heard', JSON.stringify(heard)); } catch (blocked) { /* told again after a reload */ }
    });
  }
  function leap() {
    if (jump && Date.now() >= (jump.until || due)) { jump = null; all(document, '.hit').forEach(function (node) { node.classList.remove('hit'); }); }
    if (jump || !jumps.length) { return; }
    jump = jumps.shift();
    if (jump.id !== dw.board()) { open(jump.id); } else { land(); }
  }
  function land() { due = jump.until = Date.now() + seconds(); layout(); }

  /* 4. Sound */
  function ring(kind, b) {
    var at = audio ? audio.currentTime : 0;
    if (!audio || b.quiet || audio.state !== 'running') { return; }
    rung = Date.now();
    TONES[kind].forEach(function (hertz) {
      var tone = audio.createOscillator(), gain = audio.createGain(), loud = (asked.volume === undefined ? 60 : asked.volume) / 100;
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(loud, at + 0.02);
      gain.gain.linearRampToValueAtTime(0, at + 0.24);
      tone.connect(gain);
      gain.connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.25);
      at += 0.27;
    });
  }
  function listen() {
    var Audio = window.AudioContext || window.webkitAudioContext;
    if (asked.sound !== '1') { return; }
    if (!audio && Audio) { audio = new Audio(); }
    dw.hint('sound', !audio ? say('This browser cannot make sounds.') : audio.state === 'running' ? '' :
      say('Sound off – click once, or start Chromium with --autoplay-policy=no-user-gesture-required'));
    if (asked.repeat && Date.now() - rung >= asked.repeat * 1000) {
      boards.some(function (b) { return b.unowned && !b.quiet && (ring('urgent', b), true); });
    }
  }
  function arm() { if (audio) { audio.resume().then(listen); } }

  /* 5. The screen: clock, pixels that move, night, pointer, wake lock */
  dw.face = function (t) {
    var d = dw.local(t), zone = Math.round((d - t) / 60000), hm = dw.clock(t);
    if (asked.clock === 'hm') { hm = hm.slice(0, 5); }
    dw.text(document.getElementById('clock'), asked.clock === 'off' ? '' : d.toLocaleDateString(html.lang === 'en' ? 'en-GB' : html.lang,
      { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }) + ' ' + hm + ' UTC' + (zone < 0 ? '−' : '+') + Math.floor(Math.abs(zone) / 60) + (zone % 60 ? ':' + dw.two(Math.abs(zone % 60)) : ''));
  };
  function screen(t) {
    var hm = dw.clock(t).slice(0, 5), span = (asked.dim || '').split('-'), minute = Math.floor(t / 60000), p = dw.pulse(), off = dw.offset();
    var night = span[0] < span[1] ? hm >= span[0] && hm < span[1] : asked.dim && (hm >= span[0] || hm < span[1]);
    html[night ? 'setAttribute' : 'removeAttribute']('data-dim-now', '');
    if (asked.shift === 'on') { body.style.transform = 'translate(' + Math.round(12 * Math.sin(minute)) + 'px,' + Math.round(12 * Math.cos(minute * 1.7)) + 'px)'; }
    if (Date.now() - moved > IDLE) { html.setAttribute('data-idle', ''); }
    dw.hint('drift', Math.abs(off) > DRIFT ? say(off < 0 ? 'The clock of this screen is {0} fast. What you see goes by the server.' : 'The clock of this screen is {0} slow. What you see goes by the server.', dw.lasting(Math.abs(off), true)) : '');
    if (p && p.reload_at === hm && Date.now() - born > OLD) { dw.renew(60000); }
  }
  function stay() {
    try { if (!document.hidden) { navigator.wakeLock.request('screen').then(null, function () { /* the screen's own settings rule */ }); } } catch (none) { /* too old, or no HTTPS */ }
  }

  try { heard = JSON.parse(sessionStorage.getItem('deskwatch-heard')) || heard; } catch (blocked) { /* begins anew */ }
  dots.id = 'pages';
  dots.textContent = '1/1'; // as high as it will be
  dots.setAttribute('aria-hidden', true);
  body.appendChild(dots);
  html.setAttribute('data-paged', '');
  ['click', 'keydown', 'touchend'].forEach(function (event) { document.addEventListener(event, arm); });
  document.addEventListener('mousemove', function (e) {
    var at = e.screenX + ' ' + e.screenY;
    if (at === where) { return; } // pages that change under a resting pointer move it as well
    where = at;
    moved = Date.now();
    html.removeAttribute('data-idle');
  });
  document.addEventListener('visibilitychange', stay);
  window.addEventListener('resize', forget);
  dw.on('pulse', function (p) {
    if (due === Infinity) { due = Date.now() + seconds(); }
    turn(dw.board()).known = true;
    hear(dw.board(), p);
    leap();
  });
  dw.on('shown', function () {
    if (opening) { opening = false; due = Date.now() + seconds(); }
    if (jump && !jump.until && jump.id === dw.board()) { land(); } else { layout(); }
  });
  dw.on('tick', function (t) {
    if (Date.now() - looked >= LOOK) { looked = Date.now(); look(); }
    listen();
    screen(t);
    if (wall().clientHeight !== room || wall().scrollHeight !== reach) { layout(); } // after whatever says a line
    leap();
    if (Date.now() + 500 >= due && Date.now() - moved >= HANDS_OFF) { forward(); }
  });
  layout();
  stay();
})();

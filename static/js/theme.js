/* Runs before anything is painted, so that no wall ever flashes white: reads what the address asks of the screen and
   makes each right answer an attribute of <html> (data-kiosk, data-size …). */
(function () {
  'use strict';
  var root = document.documentElement, asked = {}, wrong = [], choice = null, theme, sheet;
  var RULES = {
    kiosk: '0|1', theme: 'dark|light|auto|arcade', size: 'desk|3m|5m|auto', density: 'compact|normal|roomy', safe: '0..5',
    rotate: '', title: '', clock: 'off|hm|hms', shift: 'on|off', dim: 'HH:MM-HH:MM', sound: '0|1', volume: '0..100', repeat: '5..3600'
  };
  /* What the server reads, and tells about when it is wrong */
  var OTHERS = 'agent, client, group, lang, limit, priority, privacy, q, section, sort, source, tz';

  /* Said by wall.js, once it knows the language */
  function say() { return arguments; }

  function fits(value, rule) {
    var range = rule.split('..');
    if (range[1]) { return /^\d{1,4}$/.test(value) && +value >= +range[0] && +value <= +range[1]; }
    return !rule || new RegExp('^(' + rule.replace(/HH/g, '([01]\\d|2[0-3])').replace(/MM/g, '[0-5]\\d') + ')$').test(value);
  }
  location.search.replace(/[?&]([^=&]+)=?([^&]*)/g, function (all, name, value) {
    try { value = decodeURIComponent(value.replace(/\+/g, ' ')); } catch (broken) { /* shown as it is */ }
    if (!RULES.hasOwnProperty(name)) {
      if ((OTHERS + ', agent_id, board, sections').split(', ').indexOf(name) < 0) {
        wrong.push(say('“{0}” is no parameter of a wall. It knows {1}.', name, Object.keys(RULES).join(', ') + ', ' + OTHERS));
      }
    } else if (!value || !fits(value, RULES[name])) {
      wrong.push(say('“{0}={1}” is not understood: expected {2}.', name, value, RULES[name] || '…'));
    } else {
      asked[name] = value;
      if (value !== '0') { root.setAttribute('data-' + name, value); }
    }
  });
  if (asked.rotate) { root.setAttribute('data-kiosk', 1); }

  /* The key and its two values are those of Ticket Dash: whoever chose there has chosen here.
     Day or night is what the server said last; dark until it said anything. */
  theme = asked.theme;
  try { choice = localStorage.getItem(theme === 'auto' ? 'deskwatch-day' : 'theme'); } catch (blocked) { /* follow the system */ }
  if (theme === 'auto' ? choice === null : theme) { choice = (theme === 'light' ? theme : 'dark') + '-mode'; }
  if (choice === 'light-mode' || choice === 'dark-mode') { root.className = choice; }
  if (theme === 'arcade') { // its style sheet is for those who ask for it
    sheet = document.createElement('link');
    sheet.rel = 'stylesheet';
    sheet.href = document.currentScript.getAttribute('data-arcade');
    document.head.appendChild(sheet);
  }
  root.setAttribute('data-js', '');
  window.deskwatch = { asked: asked, wrong: wrong };
})();

package browser_test

import (
	"strings"
	"testing"
	"time"

	"chorus/tests/client"
	"chorus/tests/node"
	"chorus/tests/testbed"
)

// noted stands for what the browser shows and plays: it keeps it, and is asked for permission.
const noted = `(() => {
	window.told = []; window.asked = 0; window.sounds = 0;
	window.Notification = class {
		static requestPermission() { window.asked++; return Promise.resolve(window.permission ?? "granted") }
		constructor(title, { body }) { window.told.push(title + ": " + body); window.last = this }
		close() {}
	};
	const { prototype } = AudioScheduledSourceNode, { start } = prototype;
	prototype.start = function (when) { window.sounds++; start.call(this, when) };
})()`

// Nobody is notified of anything unless they want it, and then once, however many tabs they have.
func TestNotificationsAreForWhoWantsThem(t *testing.T) {
	b := startBrowser(t)
	n := node.Start(t)
	bob := n.Join(t, "Bob", "attic")
	tell := func(room, text string) {
		t.Helper()
		if _, err := bob.Send(t.Context(), room, client.NewKey(), text); err != nil {
			t.Fatal(err)
		}
	}
	tell("attic", "Good morning.")
	ann := b.open(n.URL+"/#attic", 800, 600)
	ann.eval(noted)
	ann.enter("Ann")
	ann.wantTexts("Bob: Good morning.")
	ann.goTo("lobby")
	tell("attic", "@Ann, do you hear?")
	ann.until("she sees it", `document.title.startsWith("(1)")`)
	if got := ann.eval("asked + told.length + sounds"); got != "0" {
		t.Error("she was asked for something, or told, or it was heard")
	}

	const wants = `document.querySelector('[data-testid="settings-notify"]').checked`
	ann.eval(`window.permission = "denied"`)
	ann.run(click(hook("settings-button")), click(hook("settings-notify")))
	ann.until("a browser that does not allow it is no secret", `!`+wants+` && document.querySelector('[data-testid="notify-refused"]').textContent !== ""`)
	ann.eval(`window.permission = "granted"`)
	ann.run(click(hook("settings-notify")), click(hook("settings-sound")))
	ann.until("now it does, and the sound is heard", wants+` && asked === 2 && sounds === 2`)
	ann.run(click(hook("settings-close")))
	other := ann.another(n.URL+"/#cellar", 800, 600)
	other.eval(noted)
	other.connected()
	other.until("the other tab is in all rooms", `/^attic.*,\[cellar\],lobby$/.test(`+roomList+`)`)

	tell("attic", "Nothing of interest.")
	tell("attic", "Ann@example.org is somebody else.")
	tell("attic", "@Ann!")
	told := func() string { return strings.Trim(ann.eval("told.join()")+","+other.eval("told.join()"), ",") }
	testbed.Eventually(t, 20*time.Second, "it is told of once", func() bool { return told() == "Bob in #attic: @Ann!" })

	// What is before one's eyes in one tab is not told of in another one.
	if _, err := bob.Join(t.Context(), "cellar", nil); err != nil {
		t.Fatal(err)
	}
	tell("cellar", "@Ann, here you are!")
	other.wantTexts("Bob: @Ann, here you are!")
	tell("attic", "@Ann?")
	testbed.Eventually(t, 20*time.Second, "the next one is told of, in either tab", func() bool { return strings.Contains(told(), "#attic: @Ann?") })
	if strings.Contains(told(), "here you are") {
		t.Errorf("they were told of %s", told())
	}
	where := ann
	if other.eval("told.length") != "0" {
		where = other
	}
	where.eval(`last.onclick()`)
	where.until("it leads to where it was said", title+` === "#attic"`)
}

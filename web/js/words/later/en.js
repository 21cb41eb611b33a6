// What those parts of the page say in English that are loaded when they are first used.

export default {
  // What can be done with a room.
  "room.copy-link": "Copy the link to this room",
  "room.link-copied": "The link is copied.",
  "room.link-not-copied": "The browser does not allow copying. The link is in its address bar.",
  "room.leave": "Leave #{room}",

  // Settings.
  "settings.name": "Your name is {name}.",
  "settings.rename": "Change it",
  "settings.language": "Language",
  "settings.theme": "Colours",
  "theme.auto": "As on this device",
  "theme.light": "Light",
  "theme.dark": "Dark",
  forget: "Forget me here …",
  "forget.title": "Forget you on this device?",
  "forget.what": "Your name, your rooms, your settings and what is not sent yet are gone from this browser then. If you come back, you are somebody new.",
  "forget.sure": "Forget me",

  // What can be done with somebody.
  "person.menu": "What to do with {name}",
  "person.write": "Write to {name} alone",
  "person.mention": "Mention {name}",
  "person.kick": "Remove from this room …",
  "person.mute": "Mute …",
  "person.ban": "Ban …",
  "person.ban-everywhere": "Ban from the whole service …",
  "person.undo-mute": "Let {name} speak again",
  "person.undo-ban": "Let {name} come again",
  "person.undo-mute-everywhere": "Let {name} speak in all rooms again",
  "person.undo-ban-everywhere": "Let {name} come to the service again",

  // A moderator decides.
  "decide.kick": "Remove {name} from this room?",
  "decide.mute": "Mute {name} in this room?",
  "decide.ban": "Ban {name} from this room?",
  "decide.ban-everywhere": "Ban {name} from the whole service?",
  "decide.duration": "How long",
  "decide.for-good": "for good",
  "decide.reason": "Reason, for all to read (may be empty)",
  "decide.do-kick": "Remove",
  "decide.do-mute": "Mute",
  "decide.do-ban": "Ban",

  // What is answered or edited.
  "subject.answered": "Answering {name}",
  "subject.edited": "Editing",
  "subject.cancel-answer": "Don't answer",
  "subject.cancel-edit": "Don't edit",
};

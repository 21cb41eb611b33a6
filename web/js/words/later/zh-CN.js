// 首次使用时才加载的界面文字：简体中文。

/** @type {Record<keyof typeof import("./en.js").default, import("../../words.js").Words>} */
export default {
  "room.copy-link": "复制房间链接",
  "room.link-copied": "链接已复制。",
  "room.link-not-copied": "浏览器不允许复制。链接就在地址栏中。",
  "room.leave": "离开 #{room}",

  "settings.name": "你的名字是{name}。",
  "settings.rename": "修改",
  "settings.language": "语言",
  "settings.theme": "外观",
  "theme.auto": "跟随系统",
  "theme.light": "浅色",
  "theme.dark": "深色",
  forget: "清除此设备上的数据…",
  "forget.title": "要清除此设备上的数据吗？",
  "forget.what": "你的名字、房间、设置以及尚未发出的内容都会从此浏览器中删除。再次访问时，你将是一位新用户。",
  "forget.sure": "清除",

  "person.menu": "对{name}的操作",
  "person.write": "与{name}私聊",
  "person.mention": "提及{name}",
  "person.kick": "移出房间…",
  "person.mute": "禁言…",
  "person.ban": "封禁…",
  "person.ban-everywhere": "在整个服务中封禁…",
  "person.undo-mute": "解除{name}的禁言",
  "person.undo-ban": "解除{name}的封禁",
  "person.undo-mute-everywhere": "解除{name}在所有房间的禁言",
  "person.undo-ban-everywhere": "解除{name}在整个服务中的封禁",

  "decide.kick": "将{name}移出这个房间？",
  "decide.mute": "在这个房间将{name}禁言？",
  "decide.ban": "禁止{name}进入这个房间？",
  "decide.ban-everywhere": "在整个服务中封禁{name}？",
  "decide.duration": "时长",
  "decide.for-good": "永久",
  "decide.reason": "原因（可不填，所有人可见）",
  "decide.do-kick": "移出",
  "decide.do-mute": "禁言",
  "decide.do-ban": "封禁",

  "subject.answered": "回复{name}",
  "subject.edited": "正在编辑",
  "subject.cancel-answer": "取消回复",
  "subject.cancel-edit": "取消编辑",
};

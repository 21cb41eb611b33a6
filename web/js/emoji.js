// Emoji that people write often, and what they are called: first in English, then in Chinese.

const TABLE = `
😀 grinning smile 笑脸 开心
😄 happy joy 高兴
😁 grin beam 嘿嘿
😆 laughing xd 大笑
😂 joy tears lol 笑哭
🤣 rofl 笑翻
😅 sweat_smile 苦笑 尴尬
😊 blush 害羞 微笑
🙂 slight_smile 微笑
🙃 upside_down 倒脸
😉 wink 眨眼
😍 heart_eyes love 花痴
🥰 smiling_hearts adore 喜爱
😘 kiss 飞吻
😋 yum tasty 好吃
😛 tongue 吐舌
😜 crazy wink_tongue 调皮
🤪 zany goofy 搞怪
🤗 hug 抱抱
🤭 giggle 偷笑
🤫 shush quiet 嘘
🤔 thinking hmm 思考 想
🤨 raised_eyebrow doubt 怀疑
😐 neutral meh 面无表情
😑 expressionless 无语
😶 speechless no_mouth 沉默
😏 smirk 得意
🙄 eye_roll 白眼
😬 grimace 龇牙
😌 relieved 放松
😔 pensive sad 失落
😴 sleeping zzz 睡觉 困
🤤 drool 流口水
😷 mask sick 口罩
🤒 fever ill 发烧
🤕 hurt bandage 受伤
🤢 nauseated 恶心
🤮 vomit 吐
🤧 sneeze cold 感冒
🥵 hot 热
🥶 freezing cold 冷
🥴 woozy dizzy 晕
🤯 mind_blown exploding 震惊 爆炸
🤠 cowboy 牛仔
🥳 party celebrate 庆祝 派对
😎 cool sunglasses 酷 墨镜
🤓 nerd 书呆子
🧐 monocle inspect 研究
😕 confused 困惑
😟 worried 担心
☹️ frown sad 难过
😮 open_mouth wow 惊讶
😲 astonished 吃惊
😳 flushed 脸红
🥺 pleading 可怜
😨 fearful 害怕
😰 anxious 焦虑
😢 cry 哭 伤心
😭 sob 大哭
😱 scream 尖叫 惊恐
😤 huff triumph 哼
😡 angry rage 生气 愤怒
🤬 swearing curse 骂人
😈 devil 恶魔
💀 skull dead 骷髅 笑死
💩 poop 便便
🤡 clown 小丑
👻 ghost 鬼
👽 alien 外星人
🤖 robot bot 机器人
🙈 see_no_evil monkey 非礼勿视 猴子
👋 wave hello bye 挥手 你好 再见
👌 ok 好的
✌️ victory peace 胜利 耶
🤞 fingers_crossed luck 祈祷好运
🤟 love_you 爱你
🤙 call_me 打电话
👈 point_left 左
👉 point_right 右
👆 point_up 上
👇 point_down 下
👍 thumbsup +1 yes like 赞 好 同意
👎 thumbsdown -1 no dislike 踩 反对
✊ fist 拳头
👊 punch 出拳
👏 clap applause 鼓掌
🙌 raised_hands hooray 万岁
🤝 handshake deal 握手 合作
🙏 pray thanks please 谢谢 拜托 祈祷
💪 muscle strong 加油 强壮
🤷 shrug dunno 摊手 不知道
🤦 facepalm 捂脸
🙋 raising_hand me 举手
🙇 bow sorry 鞠躬 抱歉
👀 eyes look 看 围观
🧠 brain 大脑
❤️ heart love 爱心 爱
🧡 orange_heart 橙心
💛 yellow_heart 黄心
💚 green_heart 绿心
💙 blue_heart 蓝心
💜 purple_heart 紫心
🖤 black_heart 黑心
💔 broken_heart 心碎
💕 two_hearts 两颗心
💯 hundred perfect 满分 一百
💢 anger 怒
💥 boom collision 爆炸
💤 zzz sleep 瞌睡
💬 speech comment 评论
🔥 fire hot lit 火
✨ sparkles 闪亮
⭐ star 星星
🌟 glowing_star 闪星
⚡ zap lightning 闪电
☀️ sun sunny 太阳 晴
🌙 moon night 月亮 晚安
🌈 rainbow 彩虹
☁️ cloud 云
🌧️ rain 下雨
❄️ snow 雪
🌸 blossom flower 樱花 花
🌹 rose 玫瑰
🌻 sunflower 向日葵
🍀 clover luck 四叶草 好运
🎉 tada party celebrate 撒花 庆祝 恭喜
🎊 confetti 彩球
🎂 cake birthday 蛋糕 生日
🎁 gift present 礼物
🎈 balloon 气球
🧧 red_envelope 红包
🏮 lantern 灯笼
🏆 trophy 奖杯
🥇 first gold medal 金牌 第一
⚽ soccer football 足球
🏀 basketball 篮球
🎮 game 游戏
🎵 music note 音乐
🎤 microphone sing 唱歌
🎬 movie film 电影
☕ coffee 咖啡
🍵 tea 茶
🧋 bubble_tea 奶茶
🍺 beer 啤酒
🍻 cheers 干杯
🍷 wine 红酒
🍕 pizza 披萨
🍔 burger 汉堡
🍜 noodles ramen 面条
🍚 rice 米饭
🥟 dumpling 饺子
🍉 watermelon 西瓜 吃瓜
🍎 apple 苹果
🐶 dog 狗
🐱 cat 猫
🐼 panda 熊猫
🐷 pig 猪
🐮 cow 牛
🐟 fish 鱼 摸鱼
🦄 unicorn 独角兽
🐛 bug 虫子 缺陷
🚀 rocket ship_it 火箭 发布
✈️ plane travel 飞机
🚗 car 汽车
🚲 bike 自行车
🏠 home house 家
🏢 office work 公司 办公室
🌍 earth world 地球
⏰ alarm clock 闹钟
⏳ hourglass wait 等待 沙漏
📅 calendar date 日历
📌 pin 图钉 置顶
📎 paperclip attachment 回形针 附件
📝 memo note 笔记
📚 books 书
📈 chart_up 上涨
📉 chart_down 下跌
📣 megaphone announce 喇叭 通知
🔔 bell 铃
🔗 link 链接
🔒 lock 锁
🔑 key 钥匙
🔍 search magnifier 搜索
🔧 wrench fix 扳手 修复
💡 idea bulb 灯泡 主意
💻 laptop computer 电脑
📱 phone mobile 手机
💰 money 钱
✅ check done yes 完成 对
☑️ checkbox 勾选
❌ cross no wrong 错 不
❓ question 问号
❗ exclamation 感叹号
⚠️ warning 警告 注意
🚫 forbidden 禁止
🆗 ok_button 可以
🆕 new 新
🔴 red_circle 红
🟢 green_circle 绿
➕ plus 加
➖ minus 减
👑 crown king 皇冠
💎 gem diamond 钻石
🎯 target bullseye 目标
🙅 no_good 拒绝
💃 dance 跳舞
🏃 run 跑
👶 baby 宝宝
👨‍💻 developer coder 程序员
`;

/** @type {{emoji: string, names: string[]}[]} */
export const EMOJI = TABLE.trim()
  .split("\n")
  .map((line) => {
    const [emoji = "", ...names] = line.split(" ");
    return { emoji, names };
  });

// Every sentence the chat's scripts show. The templates hold the rest.

export const WAITING = '正在查资料…';
export const WRITING = '正在写，逐句核对原文…';
export const QUEUED = '排队中，前面的问题答完就开始…';
export const INTERRUPTED = '连接中断，正在恢复…';
export const OFFLINE = '网络已断开，连上后会自动继续。';
export const RECONNECTED = '已重新连上，正在等回答…';

export const GAVE_UP = '一直没有连上。问题还在，网络好了再点「重新发送」。';
export const LOST = '这个问题没有等到回答。';
export const UNEXPECTED = '出了点问题，没能回答。请稍后再试。';
export const UNREADABLE = '收到的内容不完整，请重新发送。';

export const RESEND = '重新发送';
export const EDIT = '改一改';

export const OUTCOMES = {
  partly_supported: '部分有依据',
  not_in_knowledge: '资料里没有',
};

export const UNDERSTOOD = '我理解为：';
export const MISSING = '这些资料里没有：';
export const SUGGESTIONS = '可以试试这样问';
export const SUGGESTIONS_MORE = '还可以问';
export const CONTACT = '需要确定答复，请联系：';
export const DETAILS = '详细';

export const EVIDENCE = '依据';
export const moreEvidence = (count) => '还有 ' + count + ' 条依据';
export const VIEW_ORIGINAL = '查看原文';
export const NOT_HELD = '原文未收录';
export const SOURCE_PAGE = '来源网页';
export const ORIGINAL = '原文：';
export const INFERRED = '推断';
export const inferredFrom = (read, stood) => '「' + read + '」原文写作「' + stood + '」';
export const clause = (number) => '条款 ' + number;
export const UNFOLD = '展开';
export const FOLD = '收起';

export const COPY = '复制';
export const COPIED = '已复制';
export const COPY_FAILED = '没能复制，请长按选择文字';
export const copied = (question, answer, label, sources) =>
  '问：' + question + '\n答：' + answer + (label ? '\n（' + label + '）' : '') + (sources ? '\n依据：\n' + sources : '');

export const USEFUL = '有用';
export const USELESS = '没用';
export const THANKS = '谢谢反馈';
export const THANKS_WHY = '收到，我们会看。';
export const FEEDBACK_FAILED = '反馈没有送达，请再点一次。';
export const WHY = '哪里不好？（可不选）';
export const REASONS = ['答非所问', '出处不对', '内容过时', '不够完整'];
export const OTHER_REASON = '补充一句';
export const SUBMIT = '提交';
export const SKIP = '不说了';

export const tooLong = (over) => '多了 ' + over + ' 字，请删减后再发';
export const count = (length, limit) => length + ' / ' + limit;
export const cleared = (turns) => '已清空 ' + turns + ' 条记录。';
export const UNDO = '撤销';
export const SENT = '问题已发送。';
export const announced = (label, text, citations) =>
  (label ? label + '：' : '') + text + (citations ? ' 附 ' + citations + ' 条依据。' : '');

package chat

// Post is a frame of a client that receives by an event stream, on its way to the node that has the stream:
// the client may send it to any.
type Post struct {
	Stream string `json:"stream"`
	// N counts the posts of a stream: 1, 2, 3 …
	N     uint64 `json:"n"`
	Frame string `json:"frame"`
	// From is the node that waits for the answer, and Ref what it knows the post by.
	From string `json:"from"`
	Ref  string `json:"ref"`
}

// Posted is the answer to a Post.
type Posted struct {
	Ref    string     `json:"ref"`
	Result PostResult `json:"result"`
}

// PostResult is what has become of a post.
type PostResult string

// The results that there are.
const (
	PostTaken PostResult = "taken" // now, or when it came before
	PostEarly PostResult = "early" // posts before it have not come
	PostBusy  PostResult = "busy"  // there is no place for it now
	PostGone  PostResult = "gone"  // the stream has ended
)

// PostChannel returns the name of what a node is signalled posts and their answers by: it is used as a room
// is, and nothing is ever said in it. Neither a room nor a mailbox can be called so.
func PostChannel(node string) string { return "@@" + node }

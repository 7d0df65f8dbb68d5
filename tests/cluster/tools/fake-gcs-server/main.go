// Serves a folder as Google Cloud Storage does: fake-gcs-server, and what that lacks of the XML API
// in which obstore speaks. These are multipart uploads, objects that are put where there is none,
// the error of a bucket that is missing, and a look at the token.
package main

import (
	"bytes"
	"crypto"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fsouza/fake-gcs-server/fakestorage"
)

const skew = 5 * time.Minute

// upload is one that is not complete. Its parts are in memory: a test aborts or completes it.
type upload struct {
	key   string
	parts map[int][]byte
}

type store struct {
	server    *fakestorage.Server
	address   string
	publicKey *rsa.PublicKey

	lock    sync.Mutex
	uploads map[string]*upload
	last    int
}

// refusal is an error as the XML API says it.
type refusal struct {
	XMLName xml.Name `xml:"Error"`
	Code    string
	Message string
	status  int
}

func (r *refusal) Error() string { return r.Code }

func refuse(status int, code, message string) error {
	return &refusal{status: status, Code: code, Message: message}
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := s.serve(w, r); err != nil {
		refused := &refusal{status: 500, Code: "InternalError", Message: err.Error()}
		errors.As(err, &refused)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(refused.status)
		_ = xml.NewEncoder(w).Encode(refused)
	}
}

func (s *store) serve(w http.ResponseWriter, r *http.Request) error {
	r.Host = s.address // fake-gcs-server takes the bucket from other names, those of proxies too
	if s.publicKey != nil && !s.admits(r) {
		return refuse(401, "AuthenticationRequired", "Authentication required.")
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if key != "" && (bucket == "storage" || bucket == "upload") { // the JSON API, with which tests look
		s.server.HTTPHandler().ServeHTTP(w, r)
		return nil
	}
	if _, err := s.server.Backend().GetBucket(bucket); err != nil {
		return refuse(404, "NoSuchBucket", "The specified bucket does not exist.")
	}
	query := r.URL.Query()
	id := query.Get("uploadId")
	switch {
	case r.Method == http.MethodGet && key == "" && query.Has("uploads"):
		return s.list(w, query.Get("prefix"))
	case r.Method == http.MethodPost && query.Has("uploads"):
		return s.begin(w, bucket, key)
	case id != "" && r.Method == http.MethodPut:
		return s.part(w, r, id, query.Get("partNumber"))
	case id != "" && r.Method == http.MethodPost:
		return s.complete(w, r, bucket, id)
	case id != "" && r.Method == http.MethodDelete:
		return s.abort(w, id)
	case r.Method == http.MethodPut:
		return s.put(w, r, bucket, key)
	}
	s.server.HTTPHandler().ServeHTTP(w, r)
	return nil
}

// admits looks at a token that the caller has signed itself, as obstore does for service accounts.
func (s *store) admits(r *http.Request) bool {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	signed, signature, _ := cutLast(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	digest := sha256.Sum256([]byte(signed))
	if rsa.VerifyPKCS1v15(s.publicKey, crypto.SHA256, digest[:], raw) != nil {
		return false
	}
	_, payload, _ := strings.Cut(signed, ".")
	var claims struct{ Iat, Exp int64 }
	raw, err = base64.RawURLEncoding.DecodeString(payload)
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		return false
	}
	now := time.Now()
	return time.Unix(claims.Iat, 0).Before(now.Add(skew)) && time.Unix(claims.Exp, 0).After(now)
}

func cutLast(text, separator string) (string, string, bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}

func (s *store) list(w http.ResponseWriter, prefix string) error {
	type entry struct{ Key, UploadId string }
	page := struct {
		XMLName     xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListMultipartUploadsResult"`
		IsTruncated bool
		Upload      []entry
	}{}
	s.lock.Lock()
	defer s.lock.Unlock()
	for id, found := range s.uploads {
		if strings.HasPrefix(found.key, prefix) {
			page.Upload = append(page.Upload, entry{found.key, id})
		}
	}
	return xml.NewEncoder(w).Encode(page)
}

func (s *store) begin(w http.ResponseWriter, bucket, key string) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.last++
	id := fmt.Sprintf("upload-%d", s.last)
	s.uploads[id] = &upload{key: key, parts: map[int][]byte{}}
	return xml.NewEncoder(w).Encode(struct {
		XMLName               xml.Name `xml:"InitiateMultipartUploadResult"`
		Bucket, Key, UploadId string
	}{Bucket: bucket, Key: key, UploadId: id})
}

func (s *store) found(id string) (*upload, error) {
	if found, ok := s.uploads[id]; ok {
		return found, nil
	}
	return nil, refuse(404, "NoSuchUpload", "The requested upload was not found.")
}

func (s *store) part(w http.ResponseWriter, r *http.Request, id, number string) error {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	index, err := strconv.Atoi(number)
	if err != nil || index < 1 || index > 10_000 {
		return refuse(400, "InvalidArgument", "Invalid argument.")
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	found, err := s.found(id)
	if err != nil {
		return err
	}
	found.parts[index] = content
	w.Header().Set("ETag", etag(content))
	return nil
}

func etag(content []byte) string {
	return fmt.Sprintf("\"%x\"", md5.Sum(content))
}

func (s *store) complete(w http.ResponseWriter, r *http.Request, bucket, id string) error {
	var asked struct {
		Part []struct {
			PartNumber int
			ETag       string
		}
	}
	if err := xml.NewDecoder(r.Body).Decode(&asked); err != nil {
		return refuse(400, "MalformedCompleteMultipartUploadRequest", err.Error())
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	found, err := s.found(id)
	if err != nil {
		return err
	}
	sort.Slice(asked.Part, func(i, j int) bool {
		return asked.Part[i].PartNumber < asked.Part[j].PartNumber
	})
	var content []byte
	for _, part := range asked.Part {
		given, ok := found.parts[part.PartNumber]
		if !ok || strings.Trim(part.ETag, `"`) != strings.Trim(etag(given), `"`) {
			return refuse(400, "InvalidPart", "One or more of the specified parts could not be found.")
		}
		content = append(content, given...)
	}
	if err := s.create(bucket, found.key, content); err != nil {
		return err
	}
	delete(s.uploads, id)
	return xml.NewEncoder(w).Encode(struct {
		XMLName           xml.Name `xml:"CompleteMultipartUploadResult"`
		Bucket, Key, ETag string
	}{Bucket: bucket, Key: found.key, ETag: etag(content)})
}

func (s *store) abort(w http.ResponseWriter, id string) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if _, err := s.found(id); err != nil {
		return err
	}
	delete(s.uploads, id)
	w.WriteHeader(204)
	return nil
}

func (s *store) put(w http.ResponseWriter, r *http.Request, bucket, key string) error {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if r.Header.Get("x-goog-if-generation-match") == "0" {
		if _, err := s.server.GetObject(bucket, key); err == nil {
			return refuse(412, "PreconditionFailed",
				"At least one of the pre-conditions you specified did not hold.")
		}
	}
	w.Header().Set("ETag", etag(content))
	return s.create(bucket, key, content)
}

func (s *store) create(bucket, key string, content []byte) error {
	return s.server.CreateObjectStreaming(fakestorage.StreamingObject{
		ObjectAttrs: fakestorage.ObjectAttrs{BucketName: bucket, Name: key},
		Content:     closing{bytes.NewReader(content)},
	})
}

type closing struct{ *bytes.Reader }

func (closing) Close() error { return nil }

func main() {
	address := flag.String("address", "", "HOST:PORT to listen on")
	bucket := flag.String("bucket", "", "a bucket to make")
	certificate := flag.String("cert", "", "file of the certificate; none: http")
	key := flag.String("key", "", "file of the certificate's key")
	public := flag.String("public-key", "", "file with the public key of all tokens; none: all may")
	flag.Parse()
	host, _, _ := cutLast(*address, ":")
	server, err := fakestorage.NewServerWithOptions(fakestorage.Options{
		NoListener: true, StorageRoot: flag.Arg(0), PublicHost: *address, Host: host,
	})
	if err != nil {
		log.Fatal(err)
	}
	server.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: *bucket})
	served := &store{
		server: server, address: *address, publicKey: read(*public), uploads: map[string]*upload{},
	}
	if *certificate != "" {
		log.Fatal(http.ListenAndServeTLS(*address, *certificate, *key, served))
	}
	log.Fatal(http.ListenAndServe(*address, served))
}

func read(file string) *rsa.PublicKey {
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		log.Fatal(err)
	}
	return key.(*rsa.PublicKey)
}

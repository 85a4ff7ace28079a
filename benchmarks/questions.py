"""Questions about Python's standard library, and the definitions that a Python developer would call right answers.

One a line: the question, `|`, and its answers as `path:symbol` with spaces between them. The answers were chosen from
the library's code and documentation; tests are right only where a question asks for them.
"""

from dataclasses import dataclass

# ruff: noqa: E501 - the tables are one line for each question
_NAMES = """
getaddrinfo                         | socket.py:getaddrinfo
urlsplit                            | urllib/parse.py:urlsplit
TemporaryDirectory                  | tempfile.py:TemporaryDirectory
OrderedDict.move_to_end             | collections/__init__.py:OrderedDict.move_to_end
asyncio.gather                      | asyncio/tasks.py:gather
http.client.parse_headers           | http/client.py:parse_headers
ThreadPoolExecutor                  | concurrent/futures/thread.py:ThreadPoolExecutor
json.dumps                          | json/__init__.py:dumps
namedtuple                          | collections/__init__.py:namedtuple
Path.read_text                      | pathlib.py:Path.read_text
getAddrInfo                         | socket.py:getaddrinfo
deepCopy                            | copy.py:deepcopy
temporary_directory                 | tempfile.py:TemporaryDirectory
ArgumentParser.add_argument         | argparse.py:_ActionsContainer.add_argument
lru_cache                           | functools.py:lru_cache
contextmanager                      | contextlib.py:contextmanager
shutil.copytree                     | shutil.py:copytree
Queue.get_nowait                    | queue.py:Queue.get_nowait asyncio/queues.py:Queue.get_nowait
ZipFile.extractall                  | zipfile.py:ZipFile.extractall
sub_process::check_output           | subprocess.py:check_output
HTTPConnection.request              | http/client.py:HTTPConnection.request
dataclass                           | dataclasses.py:dataclass
"""

_TERMS = """
parse http headers                  | http/client.py:parse_headers
read zip member                     | zipfile.py:ZipFile.read zipfile.py:ZipFile.open zipfile.py:ZipExtFile.read
cancel task                         | asyncio/futures.py:Future.cancel asyncio/tasks.py:Task.cancel
compute median                      | statistics.py:median
directory tree walk                 | os.py:walk
user-style get addr info            | socket.py:getaddrinfo
base64 encode bytes                 | base64.py:b64encode base64.py:encodebytes
heap push item                      | heapq.py:heappush heapq.py:heappushpop
smtp starttls                       | smtplib.py:SMTP.starttls
csv dict writer                     | csv.py:DictWriter
decimal quantize rounding           | _pydecimal.py:Decimal.quantize
unified diff lines                  | difflib.py:unified_diff
unittest mock patch decorator       | unittest/mock.py:_patch unittest/mock.py:patch
format traceback                    | traceback.py:format_exception traceback.py:format_tb traceback.py:format_exc
log rotating file handler           | logging/handlers.py:RotatingFileHandler
fractions limit denominator         | fractions.py:Fraction.limit_denominator
cookie parse header                 | http/cookies.py:BaseCookie.load http/cookies.py:BaseCookie.__parse_string
glob pattern to regex               | fnmatch.py:translate
xml element tree parse              | xml/etree/ElementTree.py:parse xml/etree/ElementTree.py:ElementTree.parse
uuid from random                    | uuid.py:uuid4
shell which executable              | shutil.py:which
mime type guess                     | mimetypes.py:guess_type mimetypes.py:MimeTypes.guess_type
test heapq merge                    | test/test_heapq.py:TestHeap.test_merge
"""

_SENTENCES = """
split a shell command line into arguments          | shlex.py:split
read a member of a zip archive                     | zipfile.py:ZipFile.read zipfile.py:ZipFile.open
compute the median of a list of numbers            | statistics.py:median
walk a directory tree from the top down            | os.py:walk
how is a running task cancelled                    | asyncio/tasks.py:Task.cancel asyncio/futures.py:Future.cancel
run a coroutine until it is complete               | asyncio/base_events.py:BaseEventLoop.run_until_complete asyncio/runners.py:run asyncio/runners.py:Runner.run
start a process and capture its output             | subprocess.py:check_output subprocess.py:run subprocess.py:getoutput
cache the result of a function                     | functools.py:lru_cache functools.py:cache
where is an email message parsed from a string     | email/__init__.py:message_from_string email/parser.py:Parser.parsestr
make a deep copy of an object                      | copy.py:deepcopy
parse a date from an iso string                    | datetime.py:date.fromisoformat datetime.py:datetime.fromisoformat
compare two files byte by byte                     | filecmp.py:cmp filecmp.py:_do_cmp
percent encode a string for use in a url           | urllib/parse.py:quote urllib/parse.py:quote_plus urllib/parse.py:urlencode
remove common leading whitespace from a text       | textwrap.py:dedent
create a tar archive from a directory              | shutil.py:_make_tarball tarfile.py:TarFile.add shutil.py:make_archive
open a web page in the default browser             | webbrowser.py:open
wait until a lock is released or a timeout passes  | threading.py:Condition.wait threading.py:Condition.wait_for threading.py:_RLock.acquire
fetch the contents of an url over http             | urllib/request.py:urlopen urllib/request.py:OpenerDirector.open urllib/request.py:urlretrieve
find the source code of a function or class        | inspect.py:getsource inspect.py:getsourcelines inspect.py:findsource
escape special characters in a regular expression  | re/__init__.py:escape
choose a random element from a sequence            | random.py:Random.choice
measure how long a small piece of code takes       | timeit.py:timeit timeit.py:Timer.timeit
match a filename against a shell style pattern     | fnmatch.py:fnmatch fnmatch.py:fnmatchcase
ask the user for a password without echoing it     | getpass.py:unix_getpass getpass.py:win_getpass
insert an item into a sorted list                  | bisect.py:insort_right bisect.py:insort_left
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answers as (path, symbol)."""

    text: str
    shape: str
    answers: frozenset[tuple[str, str]]
    held_out: bool


def _table(shape: str, lines: str) -> list[Asked]:
    asked = []
    for number, line in enumerate(lines.strip().splitlines()):
        text, _, answers = line.partition("|")
        pairs = frozenset((path, symbol) for path, _, symbol in (it.partition(":") for it in answers.split()))
        asked.append(Asked(text.strip(), shape, pairs, held_out=number % 3 == 2))
    return asked


QUESTIONS = [*_table("name", _NAMES), *_table("terms", _TERMS), *_table("sentence", _SENTENCES)]
"""Every third of each shape is held out from choosing constants. `user-style get addr info` is one of them and yet
suggested that adjacent words be joined, so it is no evidence for that rule.
"""

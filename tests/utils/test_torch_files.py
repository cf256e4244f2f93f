"""State dicts of PyTorch, read without it."""

import base64
import collections
import io
import pickle
import zipfile
import zlib

import numpy as np
import pytest

from kerasgen.utils.torch_files import read_state_dict

# What PyTorch 2.13 wrote of `weight`, a transposed view of the third to eighth
# of twelve numbers, `again`, their first two, an int64 and two of float16; as
# an archive, and in the format of before version 1.6.
FILES = {
    "archive": (
        "c-o~^-)qxQ6uwQ@w2QOr=5%iAoIk)0v`f>h?R2ghBnlDiDoXLCWNF&OWzBASyQv^nWCQ"
        ";K-^BkyeDgmLMSSu>P!OMd@I~LeH|eq@qpfb2o?Zy&`|fvhzH?HP!UF)rVqn)wfKeb@i"
        "l(otvsD?%skIeD6yo5XZ?!2!F%3gikZv}b%q^>`T59#0t{?`2nGy^o%QPn2Q1!ZoAf+G"
        "^Q>H2{q#I49VyVk5-KbWO+Gv_qWu0SSIGHR*F`|hx<+=(790(&Cri^Yo4;dIKhj0!H>2"
        "etF%32FXr6B}kOA;l8C29)}N+Bt{1)1j>QE>plp%Of36C+DjR@5qtYxpQ_oBpQRsJraL"
        "HhUT-w5Sw9aAZjWGcyj;D1wJdaIB198qj2;1`qpaZs12Q%@Lc1gX5TnLhvZ2k*G~LA%!"
        ";Kq(gTM!Q&-(q8!1Aa$VLNaLVD+A{wpPcRJaDO%vED2X-34GbMPol`2Zn*x0W(=bqq`N"
        "EEx4a~v$V<xJH~YgI;-b=7L(vWY@IP}P55X`<lu&(F`uRY`PLFbQ%y3OePj$cA2Ttf~z"
        "p3Yoo#$nr!$VFUi4@DWr`0VAN`3Rr%KRFjxh6fW)g@^~3KLWW8-Y+n94L99;q)DQ=YzO"
        "I^OMd9K;1URhi0{**#e>mDWUg3C);|mUO756fZX&mfTqV&Pz+9FHZr;pMxztXfQBz7r{"
        "cCrcY+NbX(A&T|kUGVdA`|%%so%WsDwfk|>lLI}^9`-oEHUGZqpJB-9?_bvM^!MKs;C3"
        "3ozIs!&bld@tWHLP~dQ}us|0#ye^YeT@pXYP)**TWa=Q49_I+tbnY<8Z@@LZnbxm+eaM"
        "^wJ}^X+L8>qy!vLqx2r(>p{GyOamN13|QR0F3*P??Ry4*a?z&n|RVkvP6L%lOxFEZNw2"
        "D&j$~WI{<=kZ+FCf@Vj9U=-nXJ+W~$oF{Zzpf>^JE{n&C4%LTDs{|)=FA3fME@7-&QDI"
        "d5L0euWxlxX_=w!Om_T;yP2zfL*(@5uJJpzX;~=xA`h91+^V4BGil?qBZc;$i"
    ),
    "legacy": (
        "c-n1}OK;Oa5XaZ+Jiw$SyeZG{lAKGFrm1N!KqOQlEw7r3FUT_Xl3lRuj6E&_sZuVjfX~"
        "2zBOim0!j+GJ#DQ^~Rz!;B|JokU{Ql!vPx)6X{`+m`Pv_l_mutN#fA-s?bsw1RwHafRE"
        "X6cTV}DO(xlR)>D8XByH?c;Hr7x362MO@co<%|YIFWv?Kgk@-eW=-9or1YaGlaU}o=Hz"
        "SL1>7YS1TE5GKQw86$N>QWE0B}$tAa5WRc8d^jL>z0qeS8*j|GwK1e-Q2t33z3suiAP{"
        "+CDXYx&<<H$#u<Z0&b4J<Hi+iRBYlo^aA)T$C|Cr$%=RRt}md#jYQJ=}8o&V6UYaW)5A"
        "(3mwEP73O+^&H{EuHeEH{18qGLzstPeNkmkrx02$tjugM3&Qs@f>lMv>d5RVec-Xz=>@"
        "ONjrIOu2yN9A26>#>6|CE>xMva0xp00qA{E4M;lcv+35AZK7Z;)H&T!j-O9bTvy-ZNS4"
        "`59g2XLi=Uq!g)!u8qC1mi#_aHFEDrL(xHsu^_Vs9PoKc7?iwaMy)<<>tLEf0!lZ#<KS"
        "KvO$=#*JA%4(}%P?qLVZweJA}S{UWguV{KB0)F1Jqk_T*L%x|0X>pv!>waN"
    ),
}


@pytest.fixture(params=FILES)
def content(request):
    return zlib.decompress(base64.b85decode(FILES[request.param]))


def test_arrays_are_read(content, tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    found = read_state_dict(path)
    assert list(found) == ["weight", "tracked", "half", "again"]
    assert found["weight"].dtype == np.float32
    assert found["weight"].tolist() == [[2, 5], [3, 6], [4, 7]]
    assert found["tracked"].dtype == np.int64
    assert found["tracked"].shape == ()
    assert found["tracked"] == 7
    assert found["half"].dtype == np.float16
    assert found["half"].tolist() == [1.5, 2.5]
    assert found["again"].tolist() == [0, 1]


def test_damaged_files(content, tmp_path):
    path = tmp_path / "weights.pth"
    for length in (0, 3, 100, len(content) // 2, len(content) - 30):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match="weights.pth cannot be read"):
            read_state_dict(path)
    with pytest.raises(FileNotFoundError):
        read_state_dict(tmp_path / "nothing.pth")


class Call:
    """Which a pickle makes by calling a function."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


def write_archive(path, found):
    stream = io.BytesIO()
    pickle.dump(found, stream)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weights/data.pkl", stream.getvalue())


def test_no_code_is_run(tmp_path):
    path, trace = tmp_path / "weights.pth", tmp_path / "trace"
    calls = Call(open, str(trace), "w"), Call(eval, "1 / 0"), Call(exit)
    for call in calls:
        write_archive(path, {"weight": call})
        with pytest.raises(ValueError, match="which is no array"):
            read_state_dict(path)
        # As the format of before has it.
        path.write_bytes(pickle.dumps(call))
        with pytest.raises(ValueError, match="which is no array"):
            read_state_dict(path)
    assert not trace.exists()


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (["weight"], "holds a list"),
        ({"state_dict": collections.OrderedDict()}, "is no tensor"),
        ({"epoch": 3}, "epoch is no tensor"),
    ],
)
def test_other_contents(found, words, tmp_path):
    write_archive(tmp_path / "weights.pth", found)
    with pytest.raises(ValueError, match=words):
        read_state_dict(tmp_path / "weights.pth")


def test_tensors_beyond_their_storage(content, tmp_path):
    """The view of six numbers from the third is told to be of more."""
    path = tmp_path / "weights.pth"
    # Shape (3, 2), strides (1, 3) and offset 2 of the pickle.
    pattern = b"K\x02K\x03K\x02\x86q"
    assert content.count(pattern) == 1
    for wrong in (b"K\x08K\x03K\x02\x86q", b"K\x02K\xffK\x02\x86q"):
        path.write_bytes(rewritten(content, pattern, wrong))
        with pytest.raises(ValueError, match="not within its storage"):
            read_state_dict(path)


def rewritten(content, before, after):
    """With a part of the pickle replaced, and the archive's checksum right."""
    if not content.startswith(b"PK"):
        return content.replace(before, after)
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(stream, "w") as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(before, after))
    return stream.getvalue()
